import type { Colour } from '../../agent/switching/route.ts'

/** What a load has seen so far; nothing is left out, and no request is tried twice. */
export interface LoadCounts {
  readonly requests: number
  /** Requests without a complete, correct answer, and why: `ECONNRESET`, `status 502`, `timeout`, … with how often. */
  readonly failed: number
  readonly reasons: Readonly<Record<string, number>>
  readonly byColour: Readonly<Record<Colour, number>>
  /** TCP connections opened for the requests; more than asked for when the server closed some between requests. */
  readonly connections: number
  readonly slowest_ms: number
  readonly streams: {
    readonly held: number
    /** Streams that ended, stalled or had a wrong byte before their client left, and why. */
    readonly cut: number
    readonly reasons: Readonly<Record<string, number>>
    readonly bytes: number
  }
}

/** The same while it is being counted. */
export class Counter {
  requests = 0
  connections = 0
  slowest = 0
  bytes = 0
  readonly #byColour: Record<Colour, number> = { blue: 0, green: 0 }
  readonly #failures = new Map<string, number>()
  readonly #cuts = new Map<string, number>()

  answered(colour: Colour): void {
    this.#byColour[colour] += 1
  }

  failed(reason: string): void {
    this.#failures.set(reason, (this.#failures.get(reason) ?? 0) + 1)
  }

  cut(reason: string): void {
    this.#cuts.set(reason, (this.#cuts.get(reason) ?? 0) + 1)
  }

  counts(held: number): LoadCounts {
    return {
      requests: this.requests,
      failed: sum(this.#failures),
      reasons: Object.fromEntries(this.#failures),
      byColour: { ...this.#byColour },
      connections: this.connections,
      slowest_ms: this.slowest,
      streams: { held, cut: sum(this.#cuts), reasons: Object.fromEntries(this.#cuts), bytes: this.bytes },
    }
  }
}

function sum(reasons: ReadonlyMap<string, number>): number {
  return [...reasons.values()].reduce((total, count) => total + count, 0)
}
