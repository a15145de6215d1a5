/** Pictures are reordered over at most 16 frames in H.264 and HEVC, fields count twice. */
const WINDOW = 48
/** Distinct intervals that are told apart; a source with more has no rate anyway. */
const MOST = 4096

/**
 * Intervals between pictures as they are shown, from packets in the order they are stored, in memory that does not grow:
 * a window puts them in order, a table counts how often each interval occurs.
 */
export class Intervals {
  readonly #window: number[] = []
  readonly #counts = new Map<number, number>()
  #last: number | undefined
  #count = 0
  /** Whether the time just added was in the window already, or lies before what has left it. */
  add(pts: number): 'new' | 'repeated' | 'late' {
    const at = this.#place(pts)
    if (this.#window[at] === pts || pts === this.#last) return 'repeated'
    if (this.#last !== undefined && pts < this.#last) return 'late'
    this.#window.splice(at, 0, pts)
    if (this.#window.length > WINDOW) this.#shift()
    return 'new'
  }

  /** Counts what is still in the window, and starts anew: what comes next has nothing to do with what was before. */
  flush(): void {
    while (this.#window.length > 0) this.#shift()
    this.#last = undefined
  }

  /** All intervals in ascending order with how often each occurs. Call `flush` first. */
  sorted(): readonly (readonly [ticks: number, times: number])[] {
    return [...this.#counts].toSorted(([a], [b]) => a - b)
  }

  get count(): number {
    return this.#count
  }

  /** The interval below which this share of all lies; undefined where there is none. */
  quantile(share: number): number | undefined {
    let rest = share * this.#count
    for (const [ticks, times] of this.sorted()) {
      rest -= times
      if (rest <= 0) return ticks
    }
    return undefined
  }

  #shift(): void {
    const pts = this.#window.shift() as number
    if (this.#last !== undefined) {
      const ticks = pts - this.#last
      if (this.#counts.has(ticks) || this.#counts.size < MOST) {
        this.#counts.set(ticks, (this.#counts.get(ticks) ?? 0) + 1)
        this.#count += 1
      }
    }
    this.#last = pts
  }

  /** Where the time belongs in the window; nearly always at its end. */
  #place(pts: number): number {
    let at = this.#window.length
    while (at > 0 && (this.#window[at - 1] as number) > pts) at -= 1
    return at > 0 && this.#window[at - 1] === pts ? at - 1 : at
  }
}
