import { isAbsolute, sep } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../shared/errors/problem.ts'
import type { Logger } from '../../shared/log.ts'
import type { StoreConfig } from '../config.ts'
import { inWords, JobError, jobErrors } from '../job-errors.ts'
import { migrate, transaction } from '../jobs/database.ts'
import type { PublisherAdmin, ReconcileReport } from './admin.ts'
import { AfterPublish, type AfterPublishConfig } from './after-publish.ts'
import { collectVersions, type CollectParts } from './collect.ts'
import type { NewObject } from './contract.ts'
import { Gate, isWaitedOut, loggedBy, type Backoff } from './gate.ts'
import { versionPrefix, checkKey } from './key.ts'
import { Lanes, MadeWay } from './lanes.ts'
import { noticeLedger } from './ledger/notices.ts'
import { objectLedger } from './ledger/objects.ts'
import { PUBLISH_TABLES } from './ledger/schema.ts'
import { switchLedger } from './ledger/switches.ts'
import { versionLedger } from './ledger/versions.ts'
import { lostObjects } from './lost-objects.ts'
import { Outbox } from './outbox.ts'
import { assetRecord } from './record.ts'
import { survey } from './reconcile.ts'
import { repair, type RepairParts } from './repair.ts'
import { rollback } from './rollback.ts'
import { isSameStore } from './same-store.ts'
import type { OnPublishStep } from './steps.ts'
import type { Store } from './store.ts'
import { switching } from './switching.ts'
import { unlessAborted } from './unless-aborted.ts'
import { verify } from './verify.ts'

export interface PublisherOptions {
  /** The job state, opened by its owner, who closes it. */
  readonly database: DatabaseSync
  /** Closed by its owner. */
  readonly store: Store
  readonly config: Pick<StoreConfig, 'concurrency' | 'prefix' | 'keep_versions' | 'grace' | 'timeout'>
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Work files lie below it. */
  readonly workDirectory: string
  readonly now?: () => Date
  readonly onStep?: OnPublishStep
  readonly afterPublish?: AfterPublishConfig | undefined
  readonly backoff?: Backoff
}

/** Pauses between tries to write pointers that nobody waits for, ms. */
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000

/** After such a failure, what was stored may be gone. */
function mayHaveLost({ code, facts }: JobError): boolean {
  return code === jobErrors.bucketMissing.code || facts['gone'] === true
}

/** Opens the publisher on its ledger: uploads and pointer switches that were interrupted go on at once, whether or not the store answers. */
export async function openPublisher(options: PublisherOptions): Promise<PublisherAdmin> {
  const { database, store, config, log, workDirectory, now = () => new Date(), onStep = () => {}, afterPublish, backoff } = options
  migrate(database, 'publish', PUBLISH_TABLES)
  const versions = versionLedger(database, now)
  const objects = objectLedger(database, now)
  const switches = switchLedger(database, now)
  const notices = noticeLedger(database, now)
  const retention = { keep_versions: config.keep_versions, grace_ms: config.grace }
  const { concurrency } = config

  const listeners = new Set<(asset: string) => void>()
  const changed = (asset: string) => {
    for (const listener of listeners) listener(asset)
  }

  const stopping = new AbortController()
  const lanes = new Lanes(stopping.signal)
  const parts = { versions, objects, switches, store, concurrency }
  const gate = new Gate({ now, backoff, changed: loggedBy(log), mend: (error) => (mayHaveLost(error) ? refill : null), first: lookAgain })
  const outbox = new Outbox({ objects, store, gate, concurrency, log, onStep, backoff })
  const notifier = afterPublish === undefined ? null : new AfterPublish({ config: afterPublish, notices, prefix: config.prefix === undefined ? '' : `${config.prefix}/`, log, onStep, backoff })
  const pointers = switching({
    ...parts,
    database,
    gate,
    onStep,
    stored: (version, upTo, signal) => outbox.stored(version, upTo, signal),
    pointed(asset, version, keys) {
      if (notifier === null || keys.length === 0) return
      notices.add(asset, version, keys)
      notifier.wake()
    },
  })
  const collecting: CollectParts = { ...parts, switching: pointers, lanes, outbox, gate, retention, now, onStep, changed }
  const repairing: RepairParts = { ...parts, outbox, lanes, switching: pointers }

  /** Carries out what is written down of an asset, in its lane. */
  function carryOut(asset: string, version: string, begin: () => boolean): Promise<boolean> {
    return lanes.run(asset, version, async (signal) => {
      const begun = begin()
      await pointers.carryOut(asset, signal)
      changed(asset)
      return begun
    })
  }

  /**
   * The same, for what nobody waits for. What interrupts it (a stop, something newer) carries it out later; a ledger that
   * cannot be written is tried again, or HLS and DASH might not agree for long.
   */
  function carryOutAside(asset: string, version: string, begin: () => boolean = () => true, pause = FIRST_PAUSE_MS): void {
    carryOut(asset, version, begin).catch(async (error: unknown) => {
      if (stopping.signal.aborted || error instanceof MadeWay) return
      log.error({ err: error, asset }, `the pointers of ${asset} could not be written: ${messageOf(error)}`)
      // An object that nobody can store: `repair` or a new version ends that.
      if (error instanceof JobError) return
      await delay(pause, undefined, { signal: stopping.signal, ref: false }).then(
        () => carryOutAside(asset, version, () => true, Math.min(LONGEST_PAUSE_MS, pause * 2)),
        () => {}, // the next start carries it out
      )
    })
  }

  /** A bucket or a directory that was gone may be a new one: what the ledger has in it must be looked for before anything goes on. */
  async function refill(signal: AbortSignal): Promise<void> {
    const { restored, missing } = await surveyed(signal)
    if (restored.length + missing.length > 0) log.warn({ restored: restored.length, missing: missing.length }, 'the store is back without objects that were stored: they are stored again where their files are still in the work area')
  }

  /** The store may have been made anew while this did not run. */
  async function lookAgain(signal: AbortSignal): Promise<void> {
    if (!(await isSameStore(parts, signal))) await refill(signal)
  }

  /** What the survey has found when something cuts it short is in the ledger, and is carried out as well. */
  async function surveyed(signal: AbortSignal): Promise<Omit<ReconcileReport, 'tidied'>> {
    try {
      return await survey(parts, now, signal)
    } finally {
      outbox.wake()
      for (const asset of switches.unfinished()) carryOutAside(asset, '')
    }
  }

  function checkObject(asset: string, version: string, { key, path, bytes }: NewObject): void {
    const wrong =
      !key.startsWith(versionPrefix(asset, version)) ? `is not below ${versionPrefix(asset, version)}`
      : !isAbsolute(path) || !path.startsWith(workDirectory + sep) ? `has its file ${path} outside of the work area ${workDirectory}`
      : bytes < 0 ? 'has no size'
      : null
    if (wrong !== null) throw new JobError(jobErrors.internal, `The object ${key} ${wrong}.`, 'Please report it, with the log of this time.')
    checkKey(key)
  }

  const unwatch = store.watch(() => gate.retry())
  // Whether or not there is anything to store.
  gate.insist(stopping.signal, async () => {}).catch((error: unknown) => {
    if (!stopping.signal.aborted) log.error({ err: error }, `the store could not be looked at: ${messageOf(error)}`)
  })
  for (const asset of switches.unfinished()) carryOutAside(asset, switches.open(asset)?.version ?? '')

  const record = (asset: string) => assetRecord(asset, versions, objects, retention)
  const named = (asset: string | undefined) => (asset === undefined ? versions.assets() : [asset])
  let stopped: Promise<void> | null = null

  const publisher: PublisherAdmin = {
    begin(version) {
      checkKey(versionPrefix(version.asset, version.version).slice(0, -1))
      versions.begin(version)
      changed(version.asset)
    },
    add(version, added) {
      const { asset, state } = versions.known(version)
      for (const object of added) checkObject(asset, version, object)
      // A ready version never changes; what it has already may be added again by a restart, also where the store has lost it since.
      const fixed = (key: string, sha256: string) => {
        const there = objects.byKey(key)
        return there !== null && there.sha256 === sha256 && (state === 'ready' || there.state === 'stored')
      }
      if (state !== 'encoding' && !added.every(({ key, sha256 }) => fixed(key, sha256))) throw new JobError(jobErrors.internal, `Version ${version} of ${asset} is ${state}: nothing can be added to it.`, 'Please report it, with the log of this time.')
      objects.add(version, added)
      outbox.wake()
    },
    stored: (version, signal) => outbox.stored(version, objects.newest(version), signal),
    progress: (version) => objects.progress(version),
    async point(version, pointing, signal) {
      signal.throwIfAborted()
      const { asset } = versions.known(version)
      for (const { key } of pointing.pointers) if (!key.startsWith(`${asset}/`)) throw new JobError(jobErrors.internal, `The pointer ${key} is not one of ${asset}.`, 'Please report it, with the log of this time.')
      lanes.makeWay(asset, version)
      const done = carryOut(asset, version, () => {
        const row = versions.known(version)
        if (row.state === 'ready') return versions.current(asset) === version
        signal.throwIfAborted()
        return pointers.begin(row, pointing)
      })
      return (await unlessAborted(done, signal)) ? 'pointed' : 'withheld'
    },
    async end(version, endings, signal) {
      const { asset } = versions.known(version)
      const done = lanes.run(asset, version, async (signal) => {
        // A switch that is open would be superseded.
        await pointers.carryOut(asset, signal)
        pointers.beginEndings(versions.known(version), endings)
        await pointers.carryOut(asset, signal)
        changed(asset)
      })
      await unlessAborted(done, signal)
    },
    async abandon(version) {
      const { asset } = versions.known(version)
      lanes.makeWay(asset, version)
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      carryOutAside(asset, version, () => {
        try {
          const begun = abandon(asset, version)
          resolve()
          return begun
        } catch (error) {
          reject(error)
          return false
        }
      })
      await promise
      changed(asset)
    },
    findPublished(asset, sourceSha256, profileHash) {
      const found = versions.published(asset, sourceSha256, profileHash)
      return record(asset)?.versions.find(({ version }) => version === found?.version) ?? null
    },
    async lost(version, signal) {
      try {
        return (await lostObjects(parts, version, signal)).length
      } catch (error) {
        if (isWaitedOut(error) && !signal.aborted) {
          gate.met(error)
          outbox.wake()
        }
        throw error
      }
    },
    rollback: (asset, to) => rollback({ ...parts, record, patience_ms: config.timeout, carryOut: (version) => carryOut(asset, version, () => beginRollback(version)) }, asset, to),
    assets: ({ after, limit }) => ({ total: versions.count(), assets: versions.page(after, limit).flatMap((asset) => record(asset) ?? []) }),
    asset: record,
    problem: () => gate.problem,
    retry: () => gate.retry(),
    waiting: () => ({ ...objects.waiting(), notices: notices.waiting() }),
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    verify: (asset, signal) => verify(parts, named(asset), signal),
    repair: (asset, signal) => repair(repairing, named(asset), signal),
    async reconcile(signal) {
      const report = await surveyed(signal)
      // Nobody sees what interrupted uploads have left: that it cannot be removed spoils nothing that was found.
      const tidied = await store.tidy(signal).catch((error: unknown) => {
        if (signal.aborted || !(error instanceof JobError)) throw error
        log.warn({ err: error }, inWords(error))
        return 0
      })
      return { ...report, tidied }
    },
    collectVersions: (signal, { dryRun = false } = {}) => collectVersions(collecting, AbortSignal.any([signal, stopping.signal]), dryRun),
    async settled(signal) {
      await unlessAborted(lanes.idle(), signal)
      if (notifier !== null) await unlessAborted(notifier.idle(), signal)
    },
    stop() {
      stopped ??= (async () => {
        unwatch()
        stopping.abort(new Error('the publisher is stopping'))
        await Promise.all([outbox.stop(), notifier?.stop()])
        await lanes.idle()
      })()
      return stopped
    },
    async [Symbol.asyncDispose]() {
      await publisher.stop()
    },
  }
  return publisher

  /** Runs in the lane. The version's objects are housekeeping's from here on. */
  function abandon(asset: string, version: string): boolean {
    const { state } = versions.known(version)
    // A ready version never changes: whoever gives it up comes too late.
    if (state !== 'encoding') return false
    const current = versions.current(asset)
    const open = switches.open(asset)
    return transaction(database, () => {
      versions.setState(version, 'abandoned')
      objects.unsent(version)
      if (current !== version && open?.version !== version) return false
      // Whoever looked at it keeps what it looked at for the time of grace.
      versions.replaced(version, true)
      const shown = current === null || current === version ? null : versions.known(current)
      if (shown === null) pointers.beginRemoval(asset)
      else pointers.beginAgain(shown, 'restore')
      return true
    })
  }

  function beginRollback(version: string): boolean {
    const row = versions.known(version)
    if (row.state !== 'ready') return false
    pointers.beginAgain(row, 'rollback')
    return true
  }
}
