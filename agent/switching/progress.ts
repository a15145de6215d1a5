import type { Problem } from '../../shared/errors/problem.ts'
import type { GateResult, Operation, Outcome, Step } from './operation.ts'

export type Announce = (operation: Operation) => void

/** One operation as it goes on: each change makes a new snapshot and announces it. */
export class Progress {
  #operation: Operation
  readonly #announce: Announce
  readonly #now: () => Date
  readonly #begun = performance.now()
  #mark = performance.now()

  constructor(operation: Operation, announce: Announce, now: () => Date = () => new Date()) {
    this.#operation = operation
    this.#announce = announce
    this.#now = now
  }

  get operation(): Operation {
    return this.#operation
  }

  enter(step: Step): void {
    this.#update({ step })
  }

  leave(): void {
    this.#update({ step: null })
  }

  gate(result: GateResult): void {
    this.#update({ gates: [...this.#operation.gates, result] })
  }

  warn(...warnings: readonly string[]): void {
    if (warnings.length > 0) this.#update({ warnings: [...this.#operation.warnings, ...warnings] })
  }

  diff(diff: string): void {
    this.#update({ diff })
  }

  /** Books the time since the last booking under `phase`. */
  book(phase: 'gates' | 'apply' | 'prove'): void {
    const now = performance.now()
    const timings = this.#operation.timings_ms
    this.#operation = { ...this.#operation, timings_ms: { ...timings, [phase]: roundMs(timings[phase] + now - this.#mark) } }
    this.#mark = now
  }

  end(outcome: Outcome, problem: Problem | null): void {
    const total = roundMs(performance.now() - this.#begun)
    this.#update({
      outcome,
      finished_at: this.#now().toISOString(),
      timings_ms: { ...this.#operation.timings_ms, total },
      problem: problem === null ? null : { ...problem.toDocument(), operation: this.#operation.id },
    })
  }

  #update(change: Partial<Operation>): void {
    this.#operation = { ...this.#operation, ...change }
    this.#announce(this.#operation)
  }
}

/** Milliseconds to a hundredth: a proven switch takes a few of them. */
function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100
}
