import { serial } from '../../shared/serial.ts'

interface Lane {
  readonly run: ReturnType<typeof serial>
  /** What is under way: for which version, and how it is told to make way. */
  current: { readonly version: string; readonly abort: AbortController } | null
}

/** One thing at a time for each asset. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>()
  readonly #stop: AbortSignal

  constructor(stop: AbortSignal) {
    this.#stop = stop
  }

  /** Runs `work` when all that was asked for the asset before is over. Its signal aborts when it has to make way, or at the stop. */
  run<T>(asset: string, version: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const lane = this.#lane(asset)
    return lane.run(async () => {
      const abort = new AbortController()
      lane.current = { version, abort }
      try {
        return await work(AbortSignal.any([this.#stop, abort.signal]))
      } finally {
        lane.current = null
      }
    })
  }

  /** What is under way for this version makes way for what comes next for it. */
  makeWay(asset: string, version: string): void {
    const { current } = this.#lane(asset)
    if (current?.version === version) current.abort.abort(new MadeWay())
  }

  /** Resolves when all that was asked for so far is over, well or not. */
  async idle(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.run(async () => {})))
  }

  #lane(asset: string): Lane {
    const there = this.#lanes.get(asset)
    if (there !== undefined) return there
    const lane: Lane = { run: serial(), current: null }
    this.#lanes.set(asset, lane)
    return lane
  }
}

/** The reason of the signal of what had to make way for something newer of the same version. */
export class MadeWay extends Error {
  override readonly name = 'MadeWay'

  constructor() {
    super('it made way for what was asked later for the same version')
  }
}
