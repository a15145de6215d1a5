import { open, type FileHandle } from 'node:fs/promises'
import { systemCodeOf } from '../../../shared/errors/problem.ts'
import { JobError, jobErrors } from '../../job-errors.ts'

/** The bytes of a source, read where they are wanted. */
export interface ByteSource extends AsyncDisposable {
  readonly size: number
  /** Up to `length` bytes; fewer at the end of the file. */
  read(offset: number, length: number): Promise<Buffer>
}

export async function openBytes(path: string): Promise<ByteSource> {
  let file: FileHandle | undefined
  try {
    file = await open(path, 'r')
    const { size } = await file.stat()
    return byteSource(file, size)
  } catch (error) {
    await file?.close()
    throw unreadable(error)
  }
}

function byteSource(file: FileHandle, size: number): ByteSource {
  return {
    size,
    async read(offset, length) {
      const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - offset)))
      try {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, offset)
        return buffer.subarray(0, bytesRead)
      } catch (error) {
        throw unreadable(error)
      }
    },
    [Symbol.asyncDispose]: () => file.close(),
  }
}

function unreadable(error: unknown): JobError {
  const code = systemCodeOf(error)
  if (code === 'ENOENT') return new JobError(jobErrors.sourceChanged, 'it is no longer where it was claimed to', 'Drop it again.', {}, error)
  return new JobError(jobErrors.storageFailed, `it cannot be read (${code ?? String(error)})`, 'Check the disk and the permissions of the work area.', {}, error)
}
