import { readFile } from 'node:fs/promises'
import { systemCodeOf } from '../errors/problem.ts'
import { replaceFile } from '../files/atomic.ts'
import { WINDOW_S } from './signed-call.ts'

/** Why a call with a good signature is refused all the same. */
export type Staleness = 'clock' | 'old' | 'replayed'

/** Calls remembered per key. */
const MOST = 50_000

interface Memory {
  /** Nonce → time of signing. */
  readonly seen: Map<string, number>
  floor: number
}

/**
 * Knows the signed calls that were taken, so that none is taken twice. A nonce is forgotten only when the floor rises
 * to its time, and a call at or under the floor is refused: so no replay passes when the clock jumps back, nor when more
 * calls come than are remembered. The newest time taken is on disk before the call goes on, and is the floor after a
 * restart for all keys, since clients whose clock is ahead sign calls that a rule about the time of the start would let pass again.
 */
export class ReplayGuard {
  readonly #file: string
  readonly #now: () => number
  /** Per key, so that one which signs more than is remembered, or ahead of the clock, shuts out nobody else. */
  readonly #memories = new Map<string, Memory>()
  readonly #firstFloor: number
  #newest: number
  #written: number
  #writing: Promise<void> | null = null

  private constructor(file: string, now: () => number, floor: number) {
    this.#file = file
    this.#now = now
    this.#firstFloor = floor
    this.#newest = floor
    this.#written = floor
  }

  /** `file` keeps the newest time; where it is missing or not a time, calls signed before now are refused. `now` in ms. */
  static async open(file: string, now: () => number = Date.now): Promise<ReplayGuard> {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      if (systemCodeOf(error) === 'ENOENT') return ''
      throw error
    })
    const kept = /^[0-9]{1,12}\n$/.test(text) ? Number(text) : Math.floor(now() / 1000)
    return new ReplayGuard(file, now, kept)
  }

  /** Unix seconds: calls of this key and of this time or before are refused, since their nonces are not remembered. */
  floorOf(key: string): number {
    return this.#memories.get(key)?.floor ?? this.#firstFloor
  }

  /** Takes a call whose signature was verified, or answers why not. Throws when the file cannot be written. */
  async take(key: string, nonce: string, timestamp: number): Promise<Staleness | null> {
    if (Math.abs(this.#now() / 1000 - timestamp) > WINDOW_S) return 'clock'
    const memory = this.#memories.get(key) ?? { seen: new Map<string, number>(), floor: this.#firstFloor }
    if (timestamp <= memory.floor) return 'old'
    if (memory.seen.has(nonce)) return 'replayed'
    this.#memories.set(key, memory)
    this.#forget(memory)
    memory.seen.set(nonce, timestamp)
    this.#newest = Math.max(this.#newest, timestamp)
    await this.#keep(timestamp)
    return null
  }

  #forget(memory: Memory): void {
    const oldest = Math.floor(this.#now() / 1000) - WINDOW_S - 1
    for (const [nonce, timestamp] of memory.seen) {
      if (timestamp > oldest && memory.seen.size < MOST) break
      memory.seen.delete(nonce)
      memory.floor = Math.max(memory.floor, timestamp)
    }
  }

  /** One write at a time; a call that finds its time already on disk waits for none. */
  async #keep(timestamp: number): Promise<void> {
    while (this.#written < timestamp) {
      this.#writing ??= this.#write().finally(() => (this.#writing = null))
      await this.#writing
    }
  }

  async #write(): Promise<void> {
    const newest = this.#newest
    await replaceFile(this.#file, `${newest}\n`, { mode: 0o600 })
    this.#written = newest
  }
}
