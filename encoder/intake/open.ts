import { setMaxListeners } from 'node:events'
import { messageOf, systemCodeOf } from '../../shared/errors/problem.ts'
import type { Logger } from '../../shared/log.ts'
import type { OnStep } from './arrive.ts'
import { claimsInPasses } from './claims.ts'
import type { BegunClaim, Intake, IntakeLedger } from './contract.ts'
import { type FolderProblem, lookAtFolder } from './folder.ts'
import { findWriters, tellingHidden, type Writers } from './held-open.ts'
import { keepHints } from './hints.ts'
import { untilNext } from './judge.ts'
import { scheduleLooks } from './looks.ts'
import { toBytes } from './path-bytes.ts'
import { scanFolder } from './scan.ts'
import { skipOwnFolders } from './skip.ts'
import { IntakeState } from './state.ts'
import { watchFolder, type WatchFolder } from './watch.ts'

export interface IntakeOptions {
  /** `[ingest]` of the configuration; durations in ms. */
  readonly ingest: { readonly directory: string; readonly done?: string; readonly failed?: string; readonly settle: number; readonly rescan: number }
  readonly work: { readonly directory: string }
  readonly profiles: ReadonlySet<string>
  readonly ledger: IntakeLedger
  /** Why nothing is taken until `resume`, as the last process had it. */
  readonly paused?: string | null
  /** Claims that the last process left unfinished: they are ended before a new one is begun. */
  readonly begun?: readonly BegunClaim[]
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Wall clock, ms. */
  readonly now?: () => number
  /** Monotonic clock, ms. */
  readonly elapsed?: () => number
  readonly watch?: WatchFolder
  readonly writers?: (inodes: ReadonlySet<string>) => Promise<Writers>
  readonly onStep?: OnStep
  /** Claims in one transaction of the ledger. */
  readonly batch?: number
}

/**
 * Watches the ingest folder. A look at the whole folder (on a hint, when a file is due, and each `rescan`) brings the
 * list of files up to date; what `judge` finds ready is claimed.
 */
export async function openIntake(options: IntakeOptions): Promise<Intake> {
  const { ledger, profiles, log, now = Date.now, elapsed = () => performance.now(), watch = watchFolder, writers = findWriters, batch = 1000 } = options
  const { directory, settle, rescan } = options.ingest
  const work = options.work.directory
  const skip = skipOwnFolders({ ...options.ingest, ingest: directory, work })
  const stopping = new AbortController()
  setMaxListeners(0, stopping.signal)
  const state = new IntakeState({ code: 'ingest_unknown', message: `${directory} has not been looked at yet.`, blocking: true }, settle, { now, elapsed })

  state.paused = options.paused ?? null

  const looks = scheduleLooks(look, rescan)
  const hints = keepHints({ directory, rescan, skip, watch, log, hint: () => looks.hint(), trouble })
  const claims = claimsInPasses({
    state, settle, rescan, batch, log, ledger, profiles, work,
    ingest: toBytes(directory),
    begun: new Map((options.begun ?? []).map((claim) => [claim.job, claim])),
    findWriters: tellingHidden(writers, log),
    signal: stopping.signal,
    ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
    ended: () => looks.within(untilNext(state.files, settle, elapsed())),
  })

  async function look(): Promise<void> {
    try {
      setFolderProblem(await lookOnce())
    } catch (error) {
      if (systemCodeOf(error) === undefined) log.error({ err: error }, 'intake: a look at the ingest folder failed')
      setFolderProblem({ code: 'ingest_unreadable', message: `${directory} cannot be looked through (${messageOf(error)}); intake goes on by itself when it can.`, blocking: true })
    }
    state.tell()
    claims.begin()
    looks.within(untilNext(state.files, settle, elapsed()))
  }

  async function lookOnce(): Promise<FolderProblem | null> {
    const folder = await lookAtFolder({ directory, work })
    if (!folder.fit) return folder.problem
    await hints.keep(folder.identity)
    state.lookBegins()
    state.seen(await scanFolder(toBytes(directory), skip))
    return null
  }

  function setFolderProblem(problem: FolderProblem | null): void {
    if (problem?.code !== state.problems.folder?.code) {
      if (problem === null) log.info(`intake: ${directory} is watched`)
      else log.warn({ code: problem.code }, `intake waits: ${problem.message}`)
    }
    state.problems.folder = problem
  }

  function trouble(problem: FolderProblem | null): void {
    state.problems.watch = problem
    state.tell()
  }

  async function stop(): Promise<void> {
    stopping.abort(new Error('intake is stopping'))
    await looks.stop()
    await claims.settled()
    await hints.stop()
    state.stop()
  }

  await looks.now()
  return {
    waiting: () => state.waiting(),
    problem: () => state.problem(),
    pause(reason) {
      state.paused = reason
    },
    resume() {
      state.paused = null
      claims.begin()
    },
    get paused() {
      return state.paused
    },
    rescan: () => looks.now(),
    subscribe: (listener) => state.subscribe(listener),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
