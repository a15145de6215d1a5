import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClaimedSource, Intake, IntakeLedger, PlannedClaim, WaitingFile } from '../../encoder/intake/contract.ts'
import { type IntakeOptions, openIntake } from '../../encoder/intake/open.ts'

/** A ledger in memory that remembers in which order it was told what. */
export interface MemoryLedger extends IntakeLedger {
  readonly jobs: Map<string, { readonly planned: PlannedClaim; source?: ClaimedSource; withdrawn?: string }>
  readonly sources: ClaimedSource[]
  /** Why nothing may be claimed, for `mayClaim`. */
  refusal: { readonly reason: string; readonly detail: string } | null
  /** Resolves when so many sources have been claimed. */
  until(count: number): Promise<readonly ClaimedSource[]>
  /** Resolves with the next reason for which a claim is taken back. */
  nextWithdrawal(): Promise<string>
}

export function memoryLedger(): MemoryLedger {
  const waiters = new Set<() => void>()
  const withdrawals: PromiseWithResolvers<string>[] = []
  let count = 0
  const ledger: MemoryLedger = {
    jobs: new Map(),
    sources: [],
    refusal: null,
    mayClaim: () => ledger.refusal,
    begin: (claims) =>
      claims.map((planned) => {
        const job = `job-${(count += 1)}`
        ledger.jobs.set(job, { planned })
        return job
      }),
    claimed(job, source) {
      const entry = ledger.jobs.get(job)
      if (entry === undefined) throw new Error(`${job} was never begun`)
      entry.source = source
      ledger.sources.push(source)
      for (const look of waiters) look()
    },
    withdrawn(job, why) {
      const entry = ledger.jobs.get(job)
      if (entry === undefined) throw new Error(`${job} was never begun`)
      entry.withdrawn = why
      for (const { resolve } of withdrawals.splice(0)) resolve(why)
    },
    until(count) {
      const { promise, resolve } = Promise.withResolvers<readonly ClaimedSource[]>()
      const look = () => {
        if (ledger.sources.length < count) return
        waiters.delete(look)
        resolve(ledger.sources)
      }
      waiters.add(look)
      look()
      return promise
    },
    nextWithdrawal() {
      const next = Promise.withResolvers<string>()
      withdrawals.push(next)
      return next.promise
    },
  }
  return ledger
}

export interface TestIntake extends AsyncDisposable {
  readonly intake: Intake
  readonly ledger: MemoryLedger
  readonly ingest: string
  readonly work: string
  /** Messages of the log, warnings and worse. */
  readonly log: string[]
  /** Resolves with the file as soon as the list says this of it. */
  untilWaiting(name: string, reason: string): Promise<WaitingFile>
}

export interface TestIntakeOptions extends Partial<Omit<IntakeOptions, 'ingest' | 'work'>> {
  readonly settle?: number
  readonly rescan?: number
  readonly ingest?: string
  readonly work?: string
  readonly ledger?: MemoryLedger
}

/** The intake of a folder in `directory`, that settles within 100 ms. */
export async function testIntake(directory: string, { settle = 100, rescan = 200, ...options }: TestIntakeOptions = {}): Promise<TestIntake> {
  const [ingest, work] = [options.ingest ?? join(directory, 'ingest'), options.work ?? join(directory, 'work')]
  await Promise.all([mkdir(ingest, { recursive: true }), mkdir(work, { recursive: true })])
  const ledger = options.ledger ?? memoryLedger()
  const messages: string[] = []
  const note = (...args: unknown[]) => void messages.push(String(args.findLast((arg) => typeof arg === 'string')))
  const log = { info: () => {}, warn: note, error: note }
  const intake = await openIntake({ profiles: new Set(['default', 'uhd', 'audio', 'preview']), log, ...options, ingest: { directory: ingest, settle, rescan }, work: { directory: work }, ledger })
  return {
    intake,
    ledger,
    ingest,
    work,
    log: messages,
    untilWaiting: (name, reason) => untilWaiting(intake, name, reason),
    [Symbol.asyncDispose]: () => intake.stop(),
  }
}

async function untilWaiting(intake: Intake, name: string, reason: string): Promise<WaitingFile> {
  const found = () => intake.waiting().find((file) => file.name === name && file.reason === reason)
  const { promise, resolve } = Promise.withResolvers<WaitingFile>()
  const look = () => {
    const file = found()
    if (file !== undefined) resolve(file)
  }
  const unsubscribe = intake.subscribe(look)
  look()
  try {
    return await promise
  } finally {
    unsubscribe()
  }
}
