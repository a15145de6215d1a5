import { setMaxListeners } from 'node:events'
import { messageOf, systemCodeOf } from '../../shared/errors/problem.ts'
import type { Logger } from '../../shared/log.ts'
import { serial } from '../../shared/serial.ts'
import { chooseBatch } from './choose.ts'
import { claimBatch, type ClaimDeps, type ClaimOutcome, completeClaims } from './claim.ts'
import type { BegunClaim, Intake, IntakeLedger } from './contract.ts'
import { type FolderProblem, lookAtFolder } from './folder.ts'
import { findWriters, type Writers } from './held-open.ts'
import { judge, type SourceGroup } from './judge.ts'
import { componentsOf, joinBytes, keyOf, type PathBytes } from './path-bytes.ts'
import { scanFolder } from './scan.ts'
import { type Hold, track, type Tracked } from './tracked.ts'
import { waitingFiles } from './waiting.ts'
import { type FolderWatch, watchFolder, type WatchFolder } from './watch.ts'

export interface IntakeOptions {
  /** `[ingest]` of the configuration; durations in ms. */
  readonly ingest: { readonly directory: string; readonly done?: string; readonly failed?: string; readonly settle: number; readonly rescan: number }
  readonly work: { readonly directory: string }
  readonly profiles: ReadonlySet<string>
  readonly ledger: IntakeLedger
  /** Claims that the last process left unfinished: they are ended before a new one is begun. */
  readonly begun?: readonly BegunClaim[]
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Wall clock, ms. */
  readonly now?: () => number
  /** Monotonic clock, ms. */
  readonly elapsed?: () => number
  readonly watch?: WatchFolder
  readonly writers?: (inodes: ReadonlySet<string>) => Promise<Writers>
  readonly onStep?: ClaimDeps['onStep']
  /** Claims in one transaction of the ledger. */
  readonly batch?: number
}

/** Looks that are asked for by hints come no closer together than this, nor than ten times what a look takes. */
const HINT_GAP_MS = 100
/** After the limit of inotify was met the watcher is tried again this rarely. */
const WATCH_AGAIN_MS = 600_000

/**
 * Watches the ingest folder. A look at the whole folder, on a hint, when a file is due or each `rescan`, brings the
 * list of files up to date; what `judge` finds ready is claimed in batches beside it, so that a long copy from another
 * file system holds up no look.
 */
export async function openIntake(options: IntakeOptions): Promise<Intake> {
  const { ledger, log, now = Date.now, elapsed = () => performance.now(), watch = watchFolder, batch = 256 } = options
  const { directory, settle, rescan } = options.ingest
  const root = joinBytes(directory)
  const skip = skipper(options)
  const stopping = new AbortController()
  setMaxListeners(0, stopping.signal)

  let files = new Map<string, Tracked>()
  let folder: FolderProblem | null = { code: 'ingest_unknown', message: `${directory} has not been looked at yet.`, blocking: true }
  let claimTrouble: FolderProblem | null = null
  let watchTrouble: FolderProblem | null = null
  let paused: string | null = null
  const claiming = new Set<string>()
  /** Inodes that left the folder by our hand while a look was under way, which may have seen them before. */
  let taken = new Set<string>()
  const listeners = new Set<() => void>()
  let told = ''

  const deps: ClaimDeps = {
    ingest: root,
    work: options.work.directory,
    profiles: options.profiles,
    ledger,
    begun: new Map((options.begun ?? []).map((claim) => [claim.job, claim])),
    findWriters: tellingHidden(options.writers ?? findWriters, log),
    signal: stopping.signal,
    ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
  }

  let watcher: { readonly identity: string; readonly watch: FolderWatch } | undefined
  let watchAgainAt = 0

  const moment = () => ({ elapsed: elapsed(), wall: now() })
  const problem = () => folder ?? claimTrouble ?? watchTrouble
  const waiting = () => waitingFiles({ files, settle, problem: problem(), paused, claiming }, moment())

  function tell(): void {
    const list = waiting()
    const said = `${problem()?.code ?? ''}\n${paused ?? ''}\n${list.map(({ name, reason, size }) => `${name} ${reason} ${size}`).join('\n')}`
    if (said === told) return
    told = said
    for (const listener of listeners) listener()
  }

  // Looks: one at a time, each whole.
  const inTurn = serial()
  let timer: NodeJS.Timeout | undefined
  let timerAt = Number.POSITIVE_INFINITY
  let notBefore = 0

  function lookAt(when: number): void {
    if (stopping.signal.aborted || when >= timerAt) return
    clearTimeout(timer)
    timerAt = when
    timer = setTimeout(() => void look(), Math.max(0, when - performance.now()))
  }

  const hint = () => lookAt(Math.max(performance.now() + 10, notBefore))

  function look(): Promise<void> {
    clearTimeout(timer)
    timerAt = Number.POSITIVE_INFINITY
    return inTurn(async () => {
      if (stopping.signal.aborted) return
      const began = performance.now()
      try {
        await lookOnce()
      } catch (error) {
        setFolder({ code: 'ingest_unreadable', message: `${directory} cannot be looked through (${messageOf(error)}); intake goes on by itself when it can.`, blocking: true })
        if (systemCodeOf(error) === undefined) log.error({ err: error }, 'intake: a look at the ingest folder failed')
      }
      const took = performance.now() - began
      notBefore = performance.now() + Math.min(Math.max(HINT_GAP_MS, took * 10), rescan)
      tell()
      void claimReady()
      lookAt(performance.now() + Math.min(rescan, untilNext()))
    })
  }

  async function lookOnce(): Promise<void> {
    const state = await lookAtFolder({ directory, work: options.work.directory })
    if (!state.fit) {
      setFolder(state.problem)
      return
    }
    await keepWatching(state.identity)
    taken = new Set()
    const seen = await scanFolder(root, skip)
    files = track(files, seen.filter((file) => !taken.has(tokenOf(file))), moment())
    setFolder(null)
  }

  function setFolder(next: FolderProblem | null): void {
    if (next?.code !== folder?.code) {
      if (next !== null) log.warn({ code: next.code }, `intake waits: ${next.message}`)
      else log.info(`intake: ${directory} is looked through`)
    }
    folder = next
  }

  /** Until the next file is due, ms. */
  function untilNext(): number {
    const { waiting, ready } = judge(files, settle, elapsed())
    const times = [...waiting.values()].map(({ until }) => until).filter((until) => until !== null)
    const held = ready.some(({ source }) => source.hold !== undefined)
    const next = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
    return Math.max(held ? Math.min(rescan, next - elapsed()) : next - elapsed(), 1)
  }

  async function keepWatching(identity: string): Promise<void> {
    if (watcher?.identity === identity) return
    if (watcher !== undefined) await dropWatcher()
    if (performance.now() < watchAgainAt) return
    try {
      watcher = { identity, watch: watch(directory, skip, { hint, failed: (error) => void watchFailed(error) }) }
      watchTrouble = null
    } catch (error) {
      await watchFailed(error)
    }
  }

  async function watchFailed(error: unknown): Promise<void> {
    const code = systemCodeOf(error)
    const limit = code === 'ENOSPC' || code === 'EMFILE'
    // What is hinted wrongly for one subfolder hurts nobody; without any hints the rescans remain.
    if (!limit && watcher !== undefined) {
      log.warn({ err: error }, `intake: the file system gives no hints for a part of ${directory}: ${messageOf(error)}`)
      return
    }
    watchAgainAt = performance.now() + WATCH_AGAIN_MS
    const cause = limit ? 'the limit of inotify is reached (raise fs.inotify.max_user_watches or fs.inotify.max_user_instances)' : messageOf(error)
    if (watchTrouble === null) log.warn({ err: error }, `intake: ${directory} gives no hints: ${cause}`)
    watchTrouble = { code: limit ? 'inotify_limit' : 'no_hints', message: `The file system gives no hints, so new files are found by looking every ${rescan / 1000} s: ${cause}.`, blocking: false }
    tell()
    await dropWatcher()
  }

  async function dropWatcher(): Promise<void> {
    const old = watcher
    watcher = undefined
    await old?.watch.close()
  }

  // Claims: one pass at a time, beside the looks.
  let pass: Promise<void> | undefined
  function claimReady(): Promise<void> {
    pass ??= claimAll().finally(() => {
      pass = undefined
      claiming.clear()
      tell()
      lookAt(performance.now() + Math.min(rescan, untilNext()))
    })
    return pass
  }

  async function claimAll(): Promise<void> {
    try {
      for (;;) {
        if (stopping.signal.aborted || folder !== null) return
        if (deps.begun.size > 0) await completeClaims([...deps.begun.values()], deps)
        if (paused !== null) return
        const { chosen, refused } = chooseBatch(judge(files, settle, elapsed()).ready, ledger, claimTrouble === null ? batch : 1)
        for (const [group, why] of refused) hold(group, { ...why, retryAt: null })
        if (chosen.length === 0) break
        for (const { source, companions } of chosen) for (const { key } of [source, ...companions]) claiming.add(key)
        tell()
        const outcomes = await claimBatch(chosen, deps)
        let trouble: unknown
        for (const [group, outcome] of outcomes) trouble = settleOutcome(group, outcome) ?? trouble
        claiming.clear()
        tell()
        if (trouble !== undefined) throw trouble
      }
      claimTrouble = null
    } catch (error) {
      const message = `Sources cannot be taken into the work area (${messageOf(error)}); it is tried again every ${rescan / 1000} s.`
      if (claimTrouble === null) log.error({ err: error }, `intake: ${message}`)
      claimTrouble = { code: 'claim_failed', message, blocking: true }
    }
  }

  /** Answers the error of a claim that this host could not do. */
  function settleOutcome(group: SourceGroup, outcome: ClaimOutcome): unknown {
    if (outcome.kind === 'claimed') for (const file of [group.source, ...group.companions]) forget(file)
    else if (outcome.kind === 'changed') restart(group)
    else if (outcome.kind === 'held') hold(group, { reason: outcome.reason, detail: outcome.detail, retryAt: elapsed() + Math.max(settle, 50) })
    else {
      hold(group, { reason: 'not_movable', detail: `It could not be moved into the work area: ${messageOf(outcome.error)}.`, retryAt: elapsed() + rescan })
      return outcome.error
    }
    return undefined
  }

  function forget(file: Tracked): void {
    taken.add(tokenOf(file))
    if (files.get(file.key)?.print.ino === file.print.ino) files.delete(file.key)
  }

  function hold({ source }: SourceGroup, hold: Hold): void {
    const file = files.get(source.key)
    if (file !== undefined) files.set(source.key, { ...file, hold })
  }

  /** It changed as it was being taken: it waits the whole settle time again. */
  function restart({ source }: SourceGroup): void {
    const file = files.get(source.key)
    if (file !== undefined) files.set(source.key, { ...file, since: elapsed() })
  }

  await look()
  return {
    waiting,
    problem,
    pause(reason) {
      paused = reason
      tell()
    },
    resume() {
      paused = null
      tell()
      void claimReady()
    },
    get paused() {
      return paused
    },
    rescan: look,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }

  async function stop(): Promise<void> {
    stopping.abort(new Error('intake is stopping'))
    clearTimeout(timer)
    await inTurn(async () => undefined)
    await pass
    await dropWatcher()
  }
}

/** A file at a path: what was taken is told from a new file of the same name. */
function tokenOf({ key, print }: Pick<Tracked, 'key' | 'print'>): string {
  return `${print.ino} ${key}`
}

/** Folders that hold no sources to take: `done` and `failed`, wherever they are, and the work area. */
function skipper({ ingest, work }: IntakeOptions): (below: PathBytes) => boolean {
  const absolute = [ingest.done, ingest.failed, work.directory].filter((path) => path !== undefined)
  const own = absolute.filter((path) => path.startsWith(`${ingest.directory}/`)).map((path) => keyOf(Buffer.from(path.slice(ingest.directory.length + 1))))
  // By these names also where they are configured elsewhere now: what lies there was done once.
  const skipped = new Set(['done', 'failed', ...own])
  return (below) => {
    const components = componentsOf(below).map(keyOf)
    return components.some((_, index) => skipped.has(components.slice(0, index + 1).join('/')))
  }
}

/** Says once that some processes cannot be looked into. */
function tellingHidden(writers: (inodes: ReadonlySet<string>) => Promise<Writers>, log: IntakeOptions['log']): ClaimDeps['findWriters'] {
  let told = false
  return async (inodes) => {
    const found = await writers(inodes)
    if (found.hidden > 0 && !told) {
      told = true
      log.warn(`intake: ${found.hidden} processes of other users cannot be looked into, so a file that one of them keeps open is told by the settle time alone`)
    }
    return found
  }
}
