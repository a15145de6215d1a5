import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { messageOf, systemCodeOf } from '../errors/problem.ts'
import { syncDirectory } from '../files/atomic.ts'
import { serial } from '../serial.ts'
import { gapBetween, GENESIS, type Head, type Link, linkAfter, readLine } from './chain.ts'
import { linesOf } from './lines.ts'

export type { Head, Link }
export { verifyJournal, type Verification } from './verify.ts'

/** The journal was changed by something else. */
export class JournalDamaged extends Error {
  override readonly name = 'JournalDamaged'
  readonly path: string
  /** Number of the line, from 1. */
  readonly line: number
  readonly what: string

  constructor(path: string, line: number, what: string) {
    super(`${path}, line ${line}: ${what}`)
    this.path = path
    this.line = line
    this.what = what
  }
}

/** An entry could not be written; the journal stands as before it. `code` is the system's (`ENOSPC`), if there is one. */
export class JournalWriteFailed extends Error {
  override readonly name = 'JournalWriteFailed'
  readonly path: string
  readonly code: string | undefined

  constructor(path: string, cause: unknown) {
    super(`${path} could not be written: ${messageOf(cause)}`, { cause })
    this.path = path
    this.code = systemCodeOf(cause)
  }
}

export interface JournalOptions {
  readonly now?: () => Date
}

/** One known offset per this many lines, so that reading from the middle does not read the whole file. */
const INDEX_STRIDE = 256

/**
 * An append-only file, one JSON object per line, each carrying the hash of the one before. What `append` answered
 * is on the disk. One process writes it at a time: the caller holds a lock.
 */
export class Journal<T extends object = Record<string, unknown>> {
  readonly path: string
  /** The file that a torn last line found by `open` is kept in now. */
  readonly torn: string | null
  readonly #file: FileHandle
  readonly #now: () => Date
  readonly #index: number[]
  #head: Head
  #length: number
  /** True while the file may hold bytes after the last good line. */
  #dirty = false
  readonly #inTurn = serial()

  private constructor(path: string, file: FileHandle, scan: Scan, torn: string | null, now: () => Date) {
    this.path = path
    this.torn = torn
    this.#file = file
    this.#now = now
    this.#index = scan.index
    this.#head = scan.head
    this.#length = scan.length
  }

  /**
   * Reads and verifies the whole journal, or creates it (mode 0640). A torn last line, left by a crash while it was
   * written, is moved to `<path>.torn-<time>`; anything else that does not fit throws JournalDamaged.
   */
  static async open<T extends object = Record<string, unknown>>(path: string, options: JournalOptions = {}): Promise<Journal<T>> {
    const now = options.now ?? (() => new Date())
    const file = await openOrCreate(path)
    try {
      const scan = await scanFile(path, file)
      const torn = scan.torn === undefined ? null : await setAside(path, file, scan.torn, scan.length, now())
      return new Journal<T>(path, file, scan, torn, now)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** The last line: `{seq: 0, …}` while there is none. */
  get head(): Head {
    return this.#head
  }

  /**
   * Adds an entry and answers it as written, once it is on the disk. Throws JournalWriteFailed (disk full, …), and
   * the journal is as before; or JournalDamaged when something else wrote, moved or removed the file.
   */
  append(entry: T): Promise<T & Link> {
    return this.#inTurn(async () => this.#append(entry))
  }

  async #append(entry: T): Promise<T & Link> {
    for (const name of ['seq', 'at', 'prev', 'hash']) {
      if (name in entry) throw new TypeError(`a journal entry cannot have a member "${name}"`)
    }
    if (this.#dirty) await this.#cutBack()
    await this.#checkUntouched()
    const next = linkAfter(this.#head, this.#now(), entry)
    const bytes = Buffer.from(`${next.line}\n`)
    try {
      this.#dirty = true
      for (let written = 0; written < bytes.length; ) {
        written += (await this.#file.write(bytes, written, bytes.length - written, this.#length + written)).bytesWritten
      }
      await this.#file.datasync()
      this.#dirty = false
    } catch (error) {
      await this.#cutBack().catch(() => {
        // The file stays marked dirty, so the next append cuts it back before it writes.
      })
      throw new JournalWriteFailed(this.path, error)
    }
    if (this.#head.seq % INDEX_STRIDE === 0) this.#index.push(this.#length)
    this.#length += bytes.length
    this.#head = { seq: next.entry.seq, hash: next.entry.hash }
    return next.entry
  }

  async #cutBack(): Promise<void> {
    try {
      await this.#file.truncate(this.#length)
      await this.#file.datasync()
      this.#dirty = false
    } catch (error) {
      throw new JournalWriteFailed(this.path, error)
    }
  }

  /** Log rotation and editors replace files: entries must not go into one that nobody will find. */
  async #checkUntouched(): Promise<void> {
    const ours = await this.#file.stat()
    const there = await stat(this.path).catch(() => undefined)
    const line = this.#head.seq + 1
    if (there === undefined || there.ino !== ours.ino || there.dev !== ours.dev) {
      throw new JournalDamaged(this.path, line, 'the file was moved, removed or replaced while the journal was open; put it back, or start anew')
    }
    if (ours.size !== this.#length) {
      throw new JournalDamaged(this.path, line, `something else wrote to the file: it has ${ours.size} bytes, expected ${this.#length}`)
    }
  }

  /** The entries with a `seq` above `after`, oldest first, read from the file; those appended meanwhile may be among them. */
  async *entries(after = 0): AsyncGenerator<T & Link> {
    const end = this.#head.seq
    const from = this.#index[Math.floor(after / INDEX_STRIDE)]
    if (after >= end || from === undefined) return
    let seq = Math.floor(after / INDEX_STRIDE) * INDEX_STRIDE
    for await (const { bytes } of linesOf(this.#file, from)) {
      seq += 1
      if (seq > after) {
        const read = readLine<T>(bytes)
        if (!read.ok) throw new JournalDamaged(this.path, seq, read.what)
        yield read.entry
      }
      if (seq >= end) return
    }
  }

  /** Waits for appends under way and closes the file. */
  async close(): Promise<void> {
    await this.#inTurn(async () => this.#file.close())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

interface Scan {
  readonly head: Head
  /** Bytes of all good lines. */
  readonly length: number
  readonly index: number[]
  readonly torn: Buffer | undefined
}

async function openOrCreate(path: string): Promise<FileHandle> {
  const existing = await open(path, constants.O_RDWR).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (existing !== undefined) return existing
  const created = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o640)
  await syncDirectory(dirname(path))
  return created
}

async function scanFile(path: string, file: FileHandle): Promise<Scan> {
  let head = GENESIS
  let length = 0
  const index: number[] = []
  const { size } = await file.stat()
  for await (const line of linesOf(file)) {
    const read = readLine(line.bytes)
    const last = line.end === size
    // A crash tears only the last line: a part of it, or blocks that never reached the disk. JSON that does not fit is no crash.
    if (last && (!line.whole || (!read.ok && !read.json))) return { head, length, index, torn: line.bytes }
    if (!read.ok) throw new JournalDamaged(path, head.seq + 1, read.what)
    const gap = gapBetween(head, read.entry)
    if (gap !== undefined) throw new JournalDamaged(path, head.seq + 1, gap)
    if (head.seq % INDEX_STRIDE === 0) index.push(line.offset)
    head = { seq: read.entry.seq, hash: read.entry.hash }
    length = line.end
  }
  return { head, length, index, torn: undefined }
}

async function setAside(path: string, file: FileHandle, bytes: Buffer, length: number, now: Date): Promise<string> {
  const kept = `${path}.torn-${now.toISOString().replaceAll(':', '-')}`
  const copy = await open(kept, 'w', 0o640)
  try {
    await copy.writeFile(bytes)
    await copy.sync()
  } finally {
    await copy.close()
  }
  await syncDirectory(dirname(path))
  await file.truncate(length)
  await file.datasync()
  return kept
}
