import type { Logger } from '../../shared/log.ts'
import { messageOf } from '../../shared/errors/problem.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import { Change } from './change.ts'
import { attempt, isWaitedOut, type Backoff, type Gate, DEFAULT_BACKOFF } from './gate.ts'
import type { ObjectLedger, ObjectRow } from './ledger/objects.ts'
import type { OnPublishStep } from './steps.ts'
import type { Store } from './store.ts'
import { Strikes } from './strikes.ts'

/** Objects never change: whoever has one may keep it for a year. */
export const OBJECT_CACHE = 'public, max-age=31536000, immutable'

export interface OutboxParts {
  readonly objects: ObjectLedger
  readonly store: Store
  readonly gate: Gate
  readonly concurrency: number
  readonly log: Pick<Logger, 'error' | 'warn'>
  readonly onStep: OnPublishStep
  readonly backoff?: Backoff | undefined
}

/** Objects that are read back while as many as may be are sent. */
const READ_BACK = 2

/** Rows are settled together, this long after the first of them: each commit waits for the disk. */
const SETTLE_MS = 15

/**
 * Stores what waits in the ledger, oldest first, a bounded number at a time. An object that fails while others succeed
 * is tried less and less often and holds up nobody.
 */
export class Outbox {
  readonly #parts: OutboxParts
  readonly #stop = new AbortController()
  readonly #strikes: Strikes
  /** By row: what is on its way, or proven and not yet settled. */
  readonly #busy = new Map<number, { readonly version: string; readonly abort: AbortController; readonly ended: Promise<void> }>()
  /** Versions that are being deleted right now. */
  readonly #held = new Set<string>()
  #proven: ObjectRow[] = []
  #settling: NodeJS.Timeout | undefined
  readonly #change = new Change()
  readonly #workers: readonly Promise<void>[]

  constructor(parts: OutboxParts) {
    this.#parts = parts
    this.#strikes = new Strikes(parts.backoff ?? DEFAULT_BACKOFF)
    this.#workers = Array.from({ length: parts.concurrency + READ_BACK }, () => this.#work())
  }

  /** There is something new to do, or to look at. */
  wake(): void {
    this.#change.tell()
  }

  /** Resolves when every object of the version up to this id is stored. Throws `internal` where one cannot be. */
  async stored(version: string, upTo: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      const row = this.#parts.objects.unstored(version, upTo)
      if (row === null) return
      if (row.state !== 'waiting') throw new JobError(jobErrors.internal, row.error ?? `${row.key} cannot be stored.`, 'Encode the asset again (greenroom-encoder reencode).', { key: row.key })
      await this.#change.wait(signal)
    }
  }

  /** Nothing of the version is sent until `release`; resolves when nothing is on its way. */
  async hold(version: string): Promise<void> {
    this.#held.add(version)
    const mine = [...this.#busy.values()].filter((busy) => busy.version === version)
    for (const { abort } of mine) abort.abort(new Error(`version ${version} is given up`))
    await Promise.all(mine.map(({ ended }) => ended))
    this.#settleOrLog()
  }

  release(version: string): void {
    this.#held.delete(version)
    this.wake()
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the publisher is stopping'))
    this.wake()
    await Promise.all(this.#workers)
    clearTimeout(this.#settling)
    // What cannot be written now is found in the store by the next start.
    if (this.#proven.length > 0) this.#settle()
  }

  async #work(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await this.#once(signal)
      } catch (error) {
        if (signal.aborted) return
        // The ledger itself cannot be written, say: nothing of this is lost, so it is tried again.
        this.#parts.log.error({ err: error }, `storing objects failed: ${messageOf(error)}`)
        await this.#change.wait(signal, 1000)
      }
    }
  }

  async #once(signal: AbortSignal): Promise<void> {
    const { gate, store } = this.#parts
    if (this.#next() === null && gate.problem === null) return this.#change.wait(signal, this.#strikes.wait())
    const turn = await gate.enter(signal)
    const row = this.#next()
    if (row !== null) return this.#send(row, turn)
    if (gate.problem === null) return turn.over()
    // Nothing waits to be stored, but whoever asks whether the store works must hear when it does again.
    await attempt(turn, signal, () => store.head('greenroom-probe', signal))
  }

  #next(): ObjectRow | null {
    const look = () => this.#parts.objects.next([...this.#busy.keys(), ...this.#strikes.avoided()], [...this.#held])
    return look() ?? (this.#strikes.startOver() ? look() : null)
  }

  async #send(row: ObjectRow, turn: Awaited<ReturnType<Gate['enter']>>): Promise<void> {
    const { store, objects, onStep, log } = this.#parts
    const { id, key, version, path, bytes, sha256, content_type } = row
    const abort = new AbortController()
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    this.#busy.set(id, { version, abort, ended })
    let proven = false
    try {
      onStep('upload', key)
      const signal = AbortSignal.any([abort.signal, this.#stop.signal])
      await store.put({ key, body: { path }, bytes, sha256, content_type, cache_control: OBJECT_CACHE }, { once: row.replace === 0, signal })
      turn.succeeded()
      onStep('uploaded', key)
      proven = true
      this.#strikes.succeeded(id)
      this.#proven.push(row)
      this.#settling ??= setTimeout(() => this.#settleOrLog(), SETTLE_MS)
    } catch (error) {
      if (abort.signal.aborted || this.#stop.signal.aborted) return turn.over()
      if (!isWaitedOut(error)) {
        turn.over()
        if (objects.broken(id, messageOf(error))) log.error({ err: error, key }, messageOf(error))
        return this.wake()
      }
      this.#strikes.failed(id)
      turn.failed(error)
      objects.failed(id, error.message)
    } finally {
      if (!proven) this.#busy.delete(id)
      end()
    }
  }

  #settleOrLog(): void {
    try {
      this.#settle()
    } catch (error) {
      this.#parts.log.error({ err: error }, `the ledger could not be written: ${messageOf(error)}`)
      this.#settling = setTimeout(() => this.#settleOrLog(), 1000)
    }
  }

  /** Tells the ledger of all that was proven since the last time. */
  #settle(): void {
    clearTimeout(this.#settling)
    this.#settling = undefined
    if (this.#proven.length === 0) return
    this.#parts.objects.settle(this.#proven.map(({ id }) => id))
    for (const { id, key } of this.#proven) {
      this.#busy.delete(id)
      this.#parts.onStep('recorded', key)
    }
    this.#proven = []
    this.wake()
  }
}
