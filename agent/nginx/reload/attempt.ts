import { setTimeout as delay } from 'node:timers/promises'
import { Problem } from '../../../shared/errors/problem.ts'
import type { ErrorLine } from '../error-line.ts'
import { followErrorLog } from '../error-log.ts'
import { isAlive, pidsAcrossNamespaces } from '../process/proc.ts'
import type { Master } from '../process/master.ts'
import { serving, workerNow, workersOf, type Worker } from '../process/workers.ts'
import type { Proof } from '../traffic.ts'
import { askNonce } from '../verify-client.ts'
import type { ReloadDeps } from './deps.ts'
import { failureIn, isGivenUpBind, isRetriedBind } from './failure.ts'
import { failed, masterGone, notInTime } from './unproven.ts'

/** How often log, processes and the generated server are looked at while a reload runs. */
const LOOK_MS = 3
/** Nginx waits 100 ms before it tells the workers of a reload that somebody else began just before ours to quit. */
const CROWD_MS = 300
const BIND_RETRIES_MS = 4000

/** One reload: what was there before it, and whether what it was to bring is served. */
export interface ReloadAttempt {
  readonly master: Master
  /** Nonce served before; null when the generated server was not there yet. */
  readonly servedBefore: string | null
  readonly requested: boolean
  request(): Promise<void>
  /**
   * Proof that `nonce` is served by every worker that takes connections, none of them from before. Throws a Problem
   * as soon as Nginx says that it failed, its master ends, or apply_timeout is over.
   */
  untilServed(nonce: string | null, signal: AbortSignal): Promise<Proof>
  /** Waits, after a failure, until the master no longer tries to take the new configuration over. */
  untilGivenUp(): Promise<void>
  /** Whether the workers from before all still serve, and nothing else is served. */
  isUntouched(): Promise<boolean>
  close(): Promise<void>
}

/** Remembers log position, master and workers. `files` are the texts in which the place of an error is looked up. */
export async function beginReload(deps: ReloadDeps, master: Master, files: ReadonlyMap<string, string>): Promise<ReloadAttempt> {
  const { nginx } = deps.config
  const masterPids = await pidsAcrossNamespaces(master.pid)
  const follower = await followErrorLog(nginx.error_log)
  const earlier = serving(await workersOf(master))
  const servedBefore = await askNonce(nginx.verify_listen)
  const missing = { nonce: true, workers: [] as readonly Worker[] }
  let requested = false
  let retriedBind = false

  async function readLog(): Promise<ErrorLine[]> {
    const lines = (await follower.read()).filter((line) => masterPids.includes(line.pid))
    if (lines.some(isRetriedBind)) retriedBind = true
    if (lines.some(isGivenUpBind)) retriedBind = false
    return lines
  }

  async function untilFailed(signal: AbortSignal): Promise<never> {
    for (;;) {
      const failure = failureIn(await readLog(), masterPids)
      if (failure !== null) throw failed(failure, files)
      if (!(await isAlive(master))) throw masterGone(master, nginx.error_log)
      await delay(LOOK_MS, undefined, { signal })
    }
  }

  async function stillServing(): Promise<Worker[]> {
    const now = await Promise.all(earlier.map(workerNow))
    return serving(now.filter((worker) => worker !== null))
  }

  async function isServed(nonce: string | null, signal: AbortSignal): Promise<boolean> {
    const answers = await Promise.all(Array.from({ length: probes }, () => askNonce(nginx.verify_listen, signal)))
    return answers.every((answer) => answer === nonce)
  }

  async function untilProven(nonce: string | null, signal: AbortSignal): Promise<Proof> {
    const started = performance.now()
    let aloneSince: number | null = null
    for (;; await delay(LOOK_MS, undefined, { signal })) {
      missing.nonce = (await askNonce(nginx.verify_listen, signal)) !== nonce
      if (missing.nonce) continue
      missing.workers = await stillServing()
      if (missing.workers.length > 0) continue
      aloneSince ??= performance.now()
      const workers = serving(await workersOf(master))
      // More than before: either more are configured now, or some belong to somebody else's reload and are about to go.
      if (workers.length > earlier.length && performance.now() - aloneSince < CROWD_MS) continue
      if (workers.length === 0 || !(await isServed(nonce, signal))) continue
      const failure = failureIn(await readLog(), masterPids)
      if (failure !== null) throw failed(failure, files)
      return { evidence: evidence(workers.length, performance.now() - started) }
    }
  }

  const probes = Math.max(8, earlier.length * 2)

  function evidence(workers: number, took: number): string {
    const log = follower.unreadable === null ? '' : `; a failure would not have been noticed at once, as the error log cannot be read: ${follower.unreadable}`
    return `${probes} fresh connections were answered by ${workers === 1 ? 'the one worker' : `the ${workers} workers`} that took over after ${Math.round(took)} ms${log}`
  }

  return {
    master,
    servedBefore,
    get requested() {
      return requested
    },
    async request() {
      requested = true
      await deps.requestReload(master)
    },
    async untilServed(nonce, signal) {
      const over = new AbortController()
      const deadline = AbortSignal.timeout(nginx.apply_timeout)
      const limit = AbortSignal.any([signal, deadline, over.signal])
      const outcomes = [untilFailed(limit), untilProven(nonce, limit)]
      try {
        return await Promise.race(outcomes)
      } catch (error) {
        if (deadline.aborted && !(error instanceof Problem)) throw notInTime(nginx.apply_timeout, missing, follower, nginx.error_log)
        throw error
      } finally {
        over.abort()
        await Promise.allSettled(outcomes)
      }
    },
    async untilGivenUp() {
      const end = performance.now() + BIND_RETRIES_MS
      while (retriedBind && performance.now() < end && (await isAlive(master)) && (await stillServing()).length === earlier.length) {
        await delay(LOOK_MS)
        await readLog()
      }
    },
    async isUntouched() {
      if (!(await isAlive(master)) || (await stillServing()).length !== earlier.length) return false
      return isServed(servedBefore, AbortSignal.timeout(nginx.apply_timeout))
    },
    close: () => follower.close(),
  }
}
