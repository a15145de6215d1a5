import { createHash } from 'node:crypto'

/** What the journal adds to each entry. */
export interface Link {
  /** 1 for the first line, then one more each. */
  readonly seq: number
  /** RFC 3339, UTC. */
  readonly at: string
  /** `hash` of the line before; GENESIS in the first line. */
  readonly prev: string
  /** SHA-256, hex, of the line's bytes without this member. */
  readonly hash: string
}

/** Where a chain stands: its last line. A copy kept elsewhere tells when lines were cut off the end. */
export interface Head {
  readonly seq: number
  readonly hash: string
}

export const GENESIS: Head = { seq: 0, hash: '0'.repeat(64) }

const HASH_MEMBER = /^,"hash":"([0-9a-f]{64})"\}$/
/** Length in bytes of what HASH_MEMBER matches. */
const HASH_MEMBER_LENGTH = 75

/** The line that continues a chain after `head`, without its newline, and what it reads as. */
export function linkAfter<T extends object>(head: Head, at: Date, entry: T): { line: string; entry: T & Link } {
  const body = JSON.stringify({ seq: head.seq + 1, at: at.toISOString(), prev: head.hash, ...entry })
  const line = `${body.slice(0, -1)},"hash":"${hashOf(body)}"}`
  return { line, entry: JSON.parse(line) as T & Link }
}

export type Read<T> =
  | { readonly ok: true; readonly entry: T & Link }
  | { readonly ok: false; readonly what: string; /** Whether it is JSON at all. */ readonly json: boolean }

/** Reads one line (bytes without newline) and checks its own hash, not its place in the chain. */
export function readLine<T extends object>(line: Buffer): Read<T> {
  let value: unknown
  try {
    value = JSON.parse(line.toString('utf8'))
  } catch {
    return { ok: false, what: 'it is not JSON', json: false }
  }
  if (typeof value !== 'object' || value === null || !('seq' in value) || !Number.isSafeInteger(value.seq) || !('prev' in value)) {
    return { ok: false, what: 'it is not an entry of this journal', json: true }
  }
  const stated = HASH_MEMBER.exec(line.subarray(-HASH_MEMBER_LENGTH).toString('latin1'))?.[1]
  if (stated === undefined) return { ok: false, what: 'it does not end with its hash', json: true }
  const body = Buffer.concat([line.subarray(0, -HASH_MEMBER_LENGTH), Buffer.from('}')])
  if (hashOf(body) !== stated) return { ok: false, what: 'its text was changed: the hash does not fit', json: true }
  return { ok: true, entry: value as T & Link }
}

/** What is wrong with an entry's place after `head`; undefined when it continues the chain. */
export function gapBetween(head: Head, entry: Link): string | undefined {
  const expected = head.seq + 1
  if (entry.seq > expected) {
    const missing = entry.seq - expected
    return `${missing === 1 ? 'a line is' : `${missing} lines are`} missing before it: it is number ${entry.seq}, expected ${expected}`
  }
  if (entry.seq < expected) return `it is out of order or doubled: it is number ${entry.seq}, expected ${expected}`
  if (entry.prev !== head.hash) return 'the line before it is not the one it was written after'
  return undefined
}

function hashOf(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
