import { readFile } from 'node:fs/promises'
import { systemCodeOf } from '../errors/problem.ts'
import { replaceFile } from '../files/atomic.ts'
import { WINDOW_S } from './signed-call.ts'

/** Why a call with a good signature is refused all the same. */
export type Staleness = 'clock' | 'old' | 'replayed'

const MOST = 50_000

/**
 * Knows the signed calls that were taken, so that none is taken twice. A nonce is forgotten only when the floor rises
 * to its time, and a call at or under the floor is refused: so no replay passes when the clock jumps back, nor when more
 * calls come than are remembered. The newest time taken is on disk before the call goes on, and is the floor after a
 * restart, since clients whose clock is ahead sign calls that a rule about the time of the start would let pass again.
 */
export class ReplayGuard {
  readonly #file: string
  readonly #now: () => number
  /** Key and nonce → time of signing. */
  readonly #seen = new Map<string, number>()
  #floor: number
  #newest: number
  #written: number
  #writing: Promise<void> | null = null

  private constructor(file: string, now: () => number, floor: number) {
    this.#file = file
    this.#now = now
    this.#floor = floor
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

  /** Unix seconds: calls of this time and before are refused, since their nonces are not remembered. */
  get floor(): number {
    return this.#floor
  }

  /** Why a call of this time cannot be taken, known before its signature is looked at; null when it can. */
  staleness(timestamp: number): 'clock' | 'old' | null {
    if (Math.abs(this.#now() / 1000 - timestamp) > WINDOW_S) return 'clock'
    return timestamp <= this.#floor ? 'old' : null
  }

  /** Takes a call whose signature was verified, or answers why not. Throws when the file cannot be written. */
  async take(key: string, nonce: string, timestamp: number): Promise<Staleness | null> {
    const stale = this.staleness(timestamp)
    if (stale !== null) return stale
    const call = `${key} ${nonce}`
    if (this.#seen.has(call)) return 'replayed'
    this.#forget()
    this.#seen.set(call, timestamp)
    this.#newest = Math.max(this.#newest, timestamp)
    await this.#keep(timestamp)
    return null
  }

  #forget(): void {
    const oldest = Math.floor(this.#now() / 1000) - WINDOW_S - 1
    for (const [call, timestamp] of this.#seen) {
      if (timestamp > oldest && this.#seen.size < MOST) break
      this.#seen.delete(call)
      this.#floor = Math.max(this.#floor, timestamp)
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
