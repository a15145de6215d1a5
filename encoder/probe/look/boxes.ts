import type { ByteSource } from './byte-source.ts'

/** A box of an ISO base media file, as its header states it. */
export interface Box {
  readonly type: string
  readonly start: number
  /** Where its content begins. */
  readonly body: number
  /** Where it should end; beyond the file's end where the file is cut. */
  readonly end: number
}

/** Fragments of a day, a second each, have fewer. */
const MOST = 1_000_000

/** The boxes between two offsets, in order. Ends where the bytes are none. */
export async function* boxes(bytes: ByteSource, from: number, to: number): AsyncGenerator<Box> {
  let start = from
  for (let count = 0; start + 8 <= to && count < MOST; count += 1) {
    const header = await bytes.read(start, 16)
    if (header.length < 8) return
    const type = header.toString('latin1', 4, 8)
    const short = header.readUInt32BE(0)
    const long = short === 1 && header.length === 16
    // A size of 0 means: to the end of the file.
    const length = long ? Number(header.readBigUInt64BE(8)) : short === 0 ? to - start : short
    const body = start + (long ? 16 : 8)
    // QuickTime's types may hold any byte (`©nam`, `\xa9xyz`); NULs are padding.
    if (length < body - start || type.startsWith('\0')) return
    yield { type, start, body, end: start + length }
    start += length
  }
}

/** The first box of a type inside of another. */
export async function childOf(bytes: ByteSource, parent: Box, type: string): Promise<Box | undefined> {
  for await (const box of boxes(bytes, parent.body, Math.min(parent.end, bytes.size))) if (box.type === type) return box
  return undefined
}

/** Follows a path of types from a box downwards. */
export async function descend(bytes: ByteSource, from: Box, ...path: readonly string[]): Promise<Box | undefined> {
  let box: Box | undefined = from
  for (const type of path) {
    if (box === undefined) return undefined
    box = await childOf(bytes, box, type)
  }
  return box
}
