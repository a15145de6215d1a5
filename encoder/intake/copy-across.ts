import { constants } from 'node:fs'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { systemCodeOf } from '../../shared/errors/problem.ts'
import { hashHandle, type HashOptions } from '../hash-file.ts'
import { removeIfThere, syncFolder } from './disk.ts'
import { parentOf, type PathBytes } from './path-bytes.ts'
import { type Print, printOf, samePrint } from './print.ts'

export interface CopyOptions extends HashOptions {
  /** The mode of the copy. Default 0644: another user than the one that wrote it will read it. */
  readonly mode?: number
}

/** The source changed while it was copied; the copy is gone again. */
export class ChangedMeanwhile extends Error {
  override readonly name = 'ChangedMeanwhile'

  constructor() {
    super('the file changed while it was copied')
  }
}

/**
 * Copies a file to another file system so that `to` only ever is the whole: written beside it as `temporary`, fsynced,
 * read back and compared by hash, and renamed once the source is seen not to have changed. The mtime is kept. Answers
 * the print of the source; nothing is removed.
 */
export async function copyAcross(from: PathBytes, temporary: PathBytes, to: PathBytes, options: CopyOptions = {}): Promise<Print> {
  const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const before = await source.stat({ bigint: true })
    if (!before.isFile()) throw new ChangedMeanwhile()
    await writeWhole(source, temporary, before, options)
    const after = printOf(await source.stat({ bigint: true }))
    if (!samePrint(printOf(before), after)) throw new ChangedMeanwhile()
    await rename(temporary, to)
    await syncFolder(parentOf(to))
    return after
  } catch (error) {
    await removeIfThere(temporary)
    throw error
  } finally {
    await source.close()
  }
}

async function writeWhole(source: FileHandle, temporary: PathBytes, { size, atimeNs, mtimeNs }: { size: bigint; atimeNs: bigint; mtimeNs: bigint }, options: CopyOptions): Promise<void> {
  await removeIfThere(temporary)
  const target = await open(temporary, 'wx+', 0o600)
  try {
    const sent = await hashHandle(source, options, async (block, at) => {
      // Node's write may be short, like write(2).
      for (let done = 0; done < block.length; ) done += (await target.write(block, done, block.length - done, at + done)).bytesWritten
    })
    if (BigInt(sent.bytes) !== size) throw new ChangedMeanwhile()
    await whereItCan(target.chmod(options.mode ?? 0o644))
    await whereItCan(target.utimes(Number(atimeNs) / 1e9, Number(mtimeNs) / 1e9))
    await target.sync()
    const stored = await hashHandle(target, options.signal === undefined ? {} : { signal: options.signal })
    if (stored.hash !== sent.hash) throw new Error('the copy that was read back differs from what was written')
  } finally {
    await target.close()
  }
}

/** File systems without modes or times of their own (vfat, some of SMB) refuse to set them. */
async function whereItCan(setting: Promise<void>): Promise<void> {
  try {
    await setting
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(systemCodeOf(error) ?? '')) throw error
  }
}

/** Whether two files have the same bytes. */
export async function sameBytes(a: PathBytes, b: PathBytes, signal?: AbortSignal): Promise<boolean> {
  const hashes = await Promise.all(
    [a, b].map(async (path) => {
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      try {
        return (await hashHandle(file, signal === undefined ? {} : { signal })).hash
      } finally {
        await file.close()
      }
    }),
  )
  return hashes[0] === hashes[1]
}
