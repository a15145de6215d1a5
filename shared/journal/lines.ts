import type { FileHandle } from 'node:fs/promises'

export interface Line {
  /** Bytes without the newline. */
  readonly bytes: Buffer
  /** Offset of its first byte in the file. */
  readonly offset: number
  /** Offset after its newline. */
  readonly end: number
  /** False for a last line without newline. */
  readonly whole: boolean
}

const NEWLINE = 0x0a

/** The lines of a file from an offset on, in constant memory however long the file is. */
export async function* linesOf(file: FileHandle, from = 0): AsyncGenerator<Line> {
  const chunk = Buffer.allocUnsafe(64 * 1024)
  let parts: Buffer[] = []
  let offset = from
  for (let position = from; ; ) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, position)
    if (bytesRead === 0) break
    position += bytesRead
    let start = 0
    for (let newline; (newline = chunk.subarray(0, bytesRead).indexOf(NEWLINE, start)) !== -1; start = newline + 1) {
      parts.push(Buffer.from(chunk.subarray(start, newline)))
      const bytes = Buffer.concat(parts)
      parts = []
      yield { bytes, offset, end: offset + bytes.length + 1, whole: true }
      offset += bytes.length + 1
    }
    parts.push(Buffer.from(chunk.subarray(start, bytesRead)))
  }
  const bytes = Buffer.concat(parts)
  if (bytes.length > 0) yield { bytes, offset, end: offset + bytes.length, whole: false }
}
