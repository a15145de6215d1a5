import type { Logger } from '../../shared/log.ts'
import { inWords, JobError } from '../job-errors.ts'
import { Change } from './change.ts'
import type { PublishProblem } from './contract.ts'

/** How long to wait after failures, ms. */
export interface Backoff {
  /** After the first failure of the store; doubled with each further one. */
  readonly first: number
  readonly most: number
  /** Between tries while somebody has to mend something. */
  readonly environment: number
}

export const DEFAULT_BACKOFF: Backoff = { first: 500, most: 60_000, environment: 15_000 }

/** Leave to try the store once. Exactly one of its methods is called. */
export interface Turn {
  succeeded(): void
  failed(error: JobError): void
  /** Nothing was learnt about the store. */
  over(): void
}

export interface GateOptions {
  readonly now: () => Date
  readonly backoff?: Backoff | undefined
  /** Told when the problem begins, becomes another, or ends. */
  readonly changed?: (problem: PublishProblem | null, before: PublishProblem | null) => void
  /** What must be done before all may go on after such a failure, whatever fails after it; it counts as the try. */
  readonly mend?: (error: JobError) => Mend | null
  /** What must be done before anybody may enter for the first time. */
  readonly first?: Mend
}

type Mend = (signal: AbortSignal) => Promise<void>

interface Trouble {
  readonly problem: PublishProblem
  readonly mend: Mend | null
  readonly round: number
  /** On the clock of `performance.now`. */
  readonly until: number
}

/**
 * Where all wait who want something of the store. While it works, nobody waits. After a failure all do, then one tries
 * at a time, with growing pauses, until one succeeds.
 */
export class Gate {
  readonly #options: GateOptions
  readonly #backoff: Backoff
  #trouble: Trouble | null = null
  #trying = false
  #first: Mend | null
  /** Failures and successes of turns that began before the last change say nothing new. */
  #generation = 0
  readonly #change = new Change()

  constructor(options: GateOptions) {
    this.#options = options
    this.#backoff = options.backoff ?? DEFAULT_BACKOFF
    this.#first = options.first ?? null
  }

  get problem(): PublishProblem | null {
    return this.#trouble?.problem ?? null
  }

  async enter(signal: AbortSignal): Promise<Turn> {
    for (;;) {
      signal.throwIfAborted()
      if (this.#trouble === null && this.#first === null) return this.#turn(false)
      const wait = this.#trouble === null ? 0 : this.#trouble.until - performance.now()
      if (wait <= 0 && !this.#trying) {
        const turn = this.#turn(true)
        const mend = this.#trouble?.mend ?? this.#first
        if (mend === null) return turn
        await attempt(turn, signal, async () => {
          await mend(signal)
          this.#first = null
        })
      } else await this.#change.wait(signal, this.#trying ? undefined : wait)
    }
  }

  /** Runs something until it succeeds; throws only what is no fault of store or host, and the signal's reason. */
  async insist<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (;;) {
      const outcome = await attempt(await this.enter(signal), signal, work)
      if (outcome !== null) return outcome.result
    }
  }

  /** A failure of the store that was met outside of the gate: who comes to it now waits as well. */
  met(error: JobError): void {
    if (this.#trouble === null) this.#set(this.#after(error))
  }

  /** Somebody may have mended what was wrong: tries at once. */
  retry(): void {
    if (this.#trouble !== null) this.#set({ ...this.#trouble, until: performance.now() })
  }

  #turn(trying: boolean): Turn {
    if (trying) this.#trying = true
    const generation = this.#generation
    const end = () => {
      if (!trying) return
      this.#trying = false
      this.#change.tell()
    }
    return {
      succeeded: () => {
        if (this.#trouble !== null && generation === this.#generation) this.#set(null)
        end()
      },
      failed: (error) => {
        if (generation === this.#generation) this.#set(this.#after(error))
        end()
      },
      over: end,
    }
  }

  #after(error: JobError): Trouble {
    const { first, most, environment } = this.#backoff
    const round = (this.#trouble?.round ?? 0) + 1
    const fault = error.fault === 'environment' ? 'environment' : 'destination'
    const full = fault === 'environment' ? environment : Math.min(most, first * 2 ** Math.min(round - 1, 30))
    const wait = full * (0.75 + Math.random() / 4)
    const now = this.#options.now()
    const { code, message, advice } = error
    const since = this.#trouble?.problem.since ?? now.toISOString()
    const mend = this.#trouble?.mend ?? this.#options.mend?.(error) ?? null
    return { mend, problem: { code, fault, message, advice, since, retry_at: new Date(now.getTime() + wait).toISOString() }, round, until: performance.now() + wait }
  }

  #set(trouble: Trouble | null): void {
    const before = this.#trouble?.problem ?? null
    this.#trouble = trouble
    this.#generation += 1
    if (trouble?.problem.code !== before?.code) this.#options.changed?.(trouble?.problem ?? null, before)
    this.#change.tell()
  }
}

/** Uses a turn. Null: store or host failed, which the gate knows now. Throws what is no fault of theirs, and the signal's reason. */
export async function attempt<T>(turn: Turn, signal: AbortSignal, work: () => Promise<T>): Promise<{ readonly result: T } | null> {
  try {
    const result = await work()
    turn.succeeded()
    return { result }
  } catch (error) {
    if (signal.aborted || !isWaitedOut(error)) {
      turn.over()
      throw error
    }
    turn.failed(error)
    return null
  }
}

/** Whether a failure is one of store or host, which passes or is mended. */
export function isWaitedOut(error: unknown): error is JobError {
  return error instanceof JobError && (error.fault === 'environment' || error.fault === 'destination')
}

/** Writes each change of the problem to the log. */
export function loggedBy(log: Pick<Logger, 'info' | 'warn'>): NonNullable<GateOptions['changed']> {
  return (problem, before) => {
    if (problem !== null) log.warn({ code: problem.code, since: problem.since }, inWords(problem))
    else if (before !== null) log.info({ code: before.code, since: before.since }, 'the store works again')
  }
}
