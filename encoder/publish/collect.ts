import { messageOf } from '../../shared/errors/problem.ts'
import type { CollectReport } from './admin.ts'
import type { Gate } from './gate.ts'
import type { Lanes } from './lanes.ts'
import type { ObjectLedger, ObjectRow } from './ledger/objects.ts'
import type { SwitchLedger } from './ledger/switches.ts'
import type { VersionLedger } from './ledger/versions.ts'
import type { Outbox } from './outbox.ts'
import { inParallel } from '../in-parallel.ts'
import { expired, type Retention } from './retention.ts'
import type { OnPublishStep } from './steps.ts'
import type { Store } from './store.ts'
import type { Switching } from './switching.ts'

export interface CollectParts {
  readonly versions: VersionLedger
  readonly objects: ObjectLedger
  readonly switches: SwitchLedger
  readonly switching: Switching
  readonly lanes: Lanes
  readonly outbox: Outbox
  readonly store: Store
  readonly gate: Gate
  readonly retention: Retention
  readonly concurrency: number
  readonly now: () => Date
  readonly onStep: OnPublishStep
  readonly changed: (asset: string) => void
}

const DAY_MS = 24 * 60 * 60 * 1000
/** How long the ledger knows what it has deleted, so that a late upload that arrives all the same is recognised. */
const REMEMBER_MS = 7 * DAY_MS
/** How long the journal of switches and the list of deleted versions go back. */
const JOURNAL_MS = 90 * DAY_MS

/**
 * Deletes versions that nothing holds any more: marked in the ledger first, then gone from `asset.json`, then from the store.
 * What fails of one asset (one that lacks objects, say) holds up no other, and is thrown when all others are done.
 */
export async function collectVersions(parts: CollectParts, signal: AbortSignal, dryRun: boolean): Promise<CollectReport> {
  const { versions, objects, switches, switching, retention, lanes, now } = parts
  const report: CollectReport['versions'][number][] = []
  const unfinished = new Set(switches.unfinished())
  const failures: unknown[] = []
  const apart = async <T>(work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work()
    } catch (error) {
      if (signal.aborted) throw error
      failures.push(error)
      return null
    }
  }
  for (const asset of versions.assets()) {
    const candidates = () => expired(versions.ofAsset(asset), versions.current(asset), retention, now())
    for (const version of candidates()) report.push({ asset, version, ...sizeOf(objects, version) })
    if (dryRun || (candidates().length === 0 && !unfinished.has(asset))) continue
    await apart(() =>
      lanes.run(asset, '', async (stop) => {
        const either = AbortSignal.any([stop, signal])
        // What was interrupted, by a full disk say, goes on first.
        await switching.carryOut(asset, either)
        await mark(parts, asset, candidates(), either)
      }),
    )
  }
  if (dryRun) return { versions: report, removed: 0 }

  let removed = 0
  const marked = new Set([...versions.inState('deleting').map(({ version }) => version), ...objects.versionsToDelete()])
  for (const version of marked) removed += (await apart(() => sweep(parts, version, signal))) ?? 0
  objects.forget(new Date(now().getTime() - REMEMBER_MS))
  switches.trim(new Date(now().getTime() - JOURNAL_MS))
  versions.forget(new Date(now().getTime() - JOURNAL_MS))
  const [first] = failures
  if (failures.length === 1) throw first
  if (failures.length > 1) throw new AggregateError(failures, `${failures.length} assets or versions, the first: ${messageOf(first)}`)
  return { versions: report, removed }
}

function sizeOf(objects: ObjectLedger, version: string): { readonly objects: number; readonly bytes: number } {
  const { objects: count, bytes } = objects.progress(version)
  return { objects: count, bytes }
}

/** From here on they cannot be gone back to, and `asset.json` does not name them any more. */
async function mark({ versions, objects, switches, switching, onStep, changed }: CollectParts, asset: string, expired: readonly string[], signal: AbortSignal): Promise<void> {
  if (expired.length === 0) return
  onStep('mark', asset)
  switching.rewriteDocument(asset, () => {
    for (const version of expired) {
      versions.setState(version, 'deleting')
      objects.unwanted(version)
      switches.retire(version)
    }
  })
  await switching.carryOut(asset, signal)
  changed(asset)
}

/** Removes what is marked of a version, object by object; a crash between any two is made up for by the next run. */
async function sweep(parts: CollectParts, version: string, signal: AbortSignal): Promise<number> {
  const { versions, objects, outbox, concurrency, onStep, changed } = parts
  let removed = 0
  // What was on its way would arrive after its own deletion.
  try {
    await outbox.hold(version)
    for (let page = objects.toDelete(version, 100); page.length > 0; page = objects.toDelete(version, 100)) {
      const gone: number[] = []
      try {
        await inParallel(page, concurrency, async (row) => {
          if (await remove(parts, row, signal)) gone.push(row.id)
        })
      } finally {
        objects.deleted(gone)
        removed += gone.length
      }
    }
    const { state, asset } = versions.known(version)
    if (state !== 'deleting') return removed
    onStep('swept', version)
    versions.gone(version)
    changed(asset)
    return removed
  } finally {
    outbox.release(version)
  }
}

async function remove({ objects, store, gate, onStep }: CollectParts, { key }: ObjectRow, signal: AbortSignal): Promise<boolean> {
  return gate.insist(signal, async () => {
    // A job that is tried again may want it after all.
    if (objects.byKey(key)?.state !== 'deleting') return false
    onStep('remove', key)
    await store.remove(key, signal)
    onStep('removed', key)
    return true
  })
}
