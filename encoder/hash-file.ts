import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'

export interface HashOptions {
  readonly signal?: AbortSignal
  /** Bytes read so far. */
  readonly onProgress?: (bytes: number) => void
}

/** A stream would leave a new piece of memory behind for each block: of a large file more than the whole daemon needs. */
const BLOCK = 1024 * 1024

/** SHA-256 of a file, hex. `use` is given each block before the next is read into the same memory. @throws the signal’s reason */
export async function hashHandle(file: FileHandle, { signal, onProgress }: HashOptions, use?: (block: Buffer, at: number) => Promise<void>): Promise<{ readonly hash: string; readonly bytes: number }> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(BLOCK)
  let at = 0
  for (;;) {
    signal?.throwIfAborted()
    const { bytesRead } = await file.read(buffer, 0, BLOCK, at)
    if (bytesRead === 0) return { hash: hash.digest('hex'), bytes: at }
    const block = buffer.subarray(0, bytesRead)
    hash.update(block)
    await use?.(block, at)
    at += bytesRead
    onProgress?.(at)
  }
}

/** The same for a path. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  await using file = await open(path, 'r')
  return (await hashHandle(file, signal === undefined ? {} : { signal })).hash
}
