import PQueue from 'p-queue'
import type { Logger } from '../../shared/log.ts'
import type { JobError } from '../job-errors.ts'
import { asJobError } from './as-job-error.ts'
import { Interruption } from './interruption.ts'
import type { JobLedger, JobRow } from './ledger.ts'
import { consequenceOf } from './retry-rules.ts'
import { hasEnded } from './states.ts'

/** What is done of a job, in three parts; each begins again where it was, and rejects with the signal's reason when interrupted. */
export interface JobWork {
  /** From the source to everything that is to be published, in the work area. Holds one of the places for encoding. */
  make(job: JobRow, signal: AbortSignal): Promise<void>
  /** Until all of it is stored and the pointers have switched. */
  publish(job: JobRow, signal: AbortSignal): Promise<void>
  /** What is left to tell is told, the source goes to its place and the work directory goes: `done`, or what `row.error` and `row.cancelled_by` say. */
  finish(job: JobRow, signal: AbortSignal): Promise<void>
}

export interface RunnerOptions {
  readonly ledger: JobLedger
  readonly work: JobWork
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Jobs that are made at the same time. */
  readonly concurrency: number
  /** Failures of the tool in a row before a job is parked or has failed. */
  readonly attempts: number
  readonly now?: () => number
}

/** Until a ledger that could not be written is tried again. */
const HELD_MS = 2000

/** Decides which job is worked on when, and what becomes of it when the work stops. The ledger is the only memory. */
export class JobRunner {
  readonly #options: RunnerOptions
  readonly #places: PQueue
  readonly #active = new Map<string, { readonly interrupt: AbortController; readonly ended: Promise<void> }>()
  readonly #queued = new Set<string>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  /** Jobs that rest because the ledger itself cannot be written, as on a disk without a byte. */
  readonly #held = new Map<string, NonNullable<JobRow['blocked']>>()
  #stopping = false

  constructor(options: RunnerOptions) {
    this.#options = options
    this.#places = new PQueue({ concurrency: options.concurrency })
  }

  /** Takes up every job that has not ended. What a process before this one parked is tried again. */
  start(): void {
    for (const { id } of this.#options.ledger.unfinished()) this.#takeUp(id)
  }

  /** Starts a job if nothing is against it; called whenever something about it changed. */
  consider(id: string): void {
    if (this.#stopping) return
    const row = this.#options.ledger.find(id)
    if (row === null || !this.#mayRun(row) || this.#queued.has(id)) return
    if (row.state !== 'queued' && row.state !== 'probing' && row.state !== 'encoding') return this.#begin(id)
    if (isEnding(row)) return this.#begin(id)
    this.#queued.add(id)
    void this.#places.add(async () => {
      this.#queued.delete(id)
      const row = this.#options.ledger.find(id)
      if (this.#stopping || row === null || !this.#mayRun(row)) return
      this.#begin(id)
      await this.#made.get(id)?.promise
    }, { priority: row.priority, id })
  }

  /** A new priority of a job that waits for its place. */
  reprioritise(id: string, priority: number): void {
    if (this.#queued.has(id)) this.#places.setPriority(id, priority)
  }

  /** Stops the work on a job, if there is any; resolves when it has stopped. */
  async interrupt(id: string, why: Interruption['why']): Promise<void> {
    clearTimeout(this.#timers.get(id))
    const active = this.#active.get(id)
    active?.interrupt.abort(new Interruption(why))
    await active?.ended
  }

  isActive(id: string): boolean {
    return this.#active.has(id)
  }

  /** Why a job rests that the ledger could not be told of; null: it does not. */
  held(id: string): JobRow['blocked'] {
    return this.#held.get(id) ?? null
  }

  /** Interrupts everything, and waits until nothing runs any more. Jobs stay where they are. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#places.clear()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    await Promise.all([...this.#active.keys()].map((id) => this.interrupt(id, 'stopping')))
  }

  /** Settled once a job needs its place no more. */
  readonly #made = new Map<string, PromiseWithResolvers<void>>()

  #takeUp(id: string): void {
    const { ledger } = this.#options
    try {
      if (ledger.find(id)?.blocked !== null) ledger.change(id, { blocked: null, failures: 0 })
    } catch (thrown) {
      this.#hold(id, thrown, () => this.#takeUp(id))
      return
    }
    this.#held.delete(id)
    this.consider(id)
  }

  #rests(id: string): boolean {
    return Date.parse(this.#held.get(id)?.retry_at ?? '') > this.#now()
  }

  #mayRun(row: JobRow): boolean {
    if (this.#active.has(row.id) || this.#rests(row.id) || hasEnded(row.state) || row.state === 'claiming') return false
    if (isEnding(row)) return true
    if (row.paused) return false
    if (row.blocked !== null && (row.blocked.retry_at === null || Date.parse(row.blocked.retry_at) > this.#now())) return false
    // Of one asset the later source is to be the one that stays.
    return !this.#options.ledger.hasOlder(row)
  }

  #begin(id: string): void {
    const interrupt = new AbortController()
    this.#made.set(id, Promise.withResolvers())
    const ended = this.#run(id, interrupt.signal).catch((thrown: unknown) => this.#hold(id, thrown, () => this.consider(id))).finally(() => {
      this.#active.delete(id)
      this.#made.get(id)?.resolve()
      this.#made.delete(id)
      this.#afterwards(id)
    })
    this.#active.set(id, { interrupt, ended })
  }

  async #run(id: string, signal: AbortSignal): Promise<void> {
    const { ledger, work, log } = this.#options
    const row = ledger.get(id)
    if (isEnding(row)) return this.#finish(id, signal)
    const attempt = ledger.beginAttempt(id)
    this.#held.delete(id)
    try {
      if (row.state !== 'publishing' && row.state !== 'finishing') await work.make(ledger.get(id), signal)
      this.#made.get(id)?.resolve()
      if (ledger.get(id).state === 'publishing') await work.publish(ledger.get(id), signal)
      ledger.endAttempt(id, attempt, 'done')
    } catch (thrown) {
      const interruption = signal.aborted ? (signal.reason as Interruption) : thrown
      if (interruption instanceof Interruption) {
        const { why } = interruption
        ledger.endAttempt(id, attempt, why)
        if (why !== 'cancelled') return
      } else {
        const error = asJobError(thrown)
        const tail = error.facts['stderr_tail']
        ledger.endAttempt(id, attempt, error.code, typeof tail === 'string' ? tail : '')
        const { kind } = this.#consequence(id, error)
        log[kind === 'fail' ? 'warn' : 'info']({ job: id, code: error.code, fault: error.fault, err: error.fault === 'ours' ? thrown : undefined }, `${row.claim.name}: ${error.message}`)
        if (kind !== 'fail') return
      }
    }
    await this.#finish(id, signal)
  }

  /** Moving a source can fail by the disk alone, and is tried until it works. */
  async #finish(id: string, signal: AbortSignal): Promise<void> {
    const { ledger, work, log } = this.#options
    try {
      await work.finish(ledger.get(id), signal)
      this.#held.delete(id)
    } catch (thrown) {
      if (signal.aborted) return
      const error = asJobError(thrown)
      log.warn({ job: id, err: thrown }, `${ledger.get(id).claim.name}: its source could not be put away: ${error.message}`)
      this.#block(id, error, 30_000)
    }
  }

  #consequence(id: string, error: JobError) {
    const { ledger, attempts } = this.#options
    const failures = ledger.get(id).failures + 1
    const consequence = consequenceOf(error, failures, { attempts })
    ledger.change(id, { failures })
    if (consequence.kind === 'fail') {
      const { fault, code, message, advice } = error
      ledger.change(id, { error: { fault, code, message, advice, at_s: error.facts.at_s ?? null } })
    } else this.#block(id, error, consequence.kind === 'again' ? consequence.after_ms : null)
    return consequence
  }

  #block(id: string, { fault, code, message, advice }: JobError, afterMs: number | null): void {
    const { ledger } = this.#options
    const since = ledger.get(id).blocked?.since ?? new Date(this.#now()).toISOString()
    const retryAt = afterMs === null ? null : new Date(this.#now() + afterMs).toISOString()
    const hint = afterMs === null ? ` It waits until somebody asks for it (greenroom-encoder retry ${id}), or the encoder is started again.` : ''
    ledger.change(id, { blocked: { fault, code, message, advice: advice + hint, since, retry_at: retryAt } })
    this.#held.delete(id)
  }

  /** What cannot be written down is kept in mind, and the job is looked at again after a while. */
  #hold(id: string, thrown: unknown, again: () => void): void {
    const { code, fault, message, advice } = asJobError(thrown)
    const before = this.#held.get(id)
    if (before === undefined) this.#options.log.error({ job: id, err: thrown }, `the ledger could not be written: ${message}`)
    const now = this.#now()
    this.#held.set(id, { code, fault, message, advice, since: before?.since ?? new Date(now).toISOString(), retry_at: new Date(now + HELD_MS).toISOString() })
    clearTimeout(this.#timers.get(id))
    this.#timers.set(id, setTimeout(again, HELD_MS + 1))
    this.#options.ledger.tell(id)
  }

  #afterwards(id: string): void {
    if (this.#stopping || this.#held.has(id)) return
    const { ledger } = this.#options
    const row = ledger.find(id)
    clearTimeout(this.#timers.get(id))
    if (row !== null && !hasEnded(row.state)) {
      const at = row.blocked?.retry_at
      if (at === null || at === undefined) return this.consider(id)
      this.#timers.set(id, setTimeout(() => this.consider(id), Math.max(0, Date.parse(at) - this.#now()) + 1))
      return
    }
    this.#timers.delete(id)
    // Those that waited for this one, as the older of the same asset.
    const next = row === null ? null : ledger.oldestOf(row.asset)
    if (next !== null) this.consider(next)
  }

  #now(): number {
    return (this.#options.now ?? Date.now)()
  }
}

/** Whether all that is left to do is to put the source away. */
function isEnding({ state, error, cancelled_by: cancelled }: JobRow): boolean {
  return state === 'finishing' || error !== null || cancelled !== null
}
