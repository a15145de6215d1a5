import type { Backoff } from './gate.ts'

/** Rows that are left aside while the store is down, before it is the oldest one’s turn again. */
const MOST_TRIED = 8

/**
 * Tells objects that fail from a store that is down. While nothing succeeds, another object is tried each time; when one
 * does, those that failed meanwhile get a strike each, and with the second one they wait longer and longer.
 */
export class Strikes {
  readonly #backoff: Backoff
  readonly #failed = new Set<number>()
  readonly #strikes = new Map<number, { readonly count: number; readonly until: number }>()

  constructor(backoff: Backoff) {
    this.#backoff = backoff
  }

  failed(id: number): void {
    if (this.#failed.size >= MOST_TRIED) this.#failed.clear()
    this.#failed.add(id)
  }

  succeeded(id: number): void {
    this.#strikes.delete(id)
    this.#failed.delete(id)
    for (const failed of this.#failed) {
      const count = (this.#strikes.get(failed)?.count ?? 0) + 1
      const wait = count === 1 ? 0 : Math.min(this.#backoff.most, this.#backoff.first * 2 ** Math.min(count - 2, 30))
      this.#strikes.set(failed, { count, until: performance.now() + wait })
    }
    this.#failed.clear()
  }

  /** Nothing else is left to try: it is the turn again of those that failed. False where there are none. */
  startOver(): boolean {
    const any = this.#failed.size > 0
    this.#failed.clear()
    return any
  }

  /** Rows that are not to be tried now. */
  avoided(): number[] {
    const now = performance.now()
    const waiting = [...this.#strikes].filter(([, { until }]) => until > now).map(([id]) => id)
    return [...this.#failed, ...waiting]
  }

  /** How long until one of them may be tried again, ms; undefined: none waits. */
  wait(): number | undefined {
    const now = performance.now()
    const untils = [...this.#strikes.values()].map(({ until }) => until - now).filter((ms) => ms > 0)
    return untils.length === 0 ? undefined : Math.max(1, Math.min(...untils))
  }
}
