import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { replaceFile } from '../../../shared/files/atomic.ts'
import type { MadeChunk } from '../../encode/records.ts'
import type { PackagedFile } from '../../package/package.ts'
import type { NewObject } from '../../publish/contract.ts'
import { POINTER_MAX_AGE_S } from '../../publish/switching.ts'
import type { Plan } from '../../plan/plan.ts'
import { EarlyPublishing } from '../early-publishing.ts'
import type { JobRow } from '../ledger.ts'
import type { WorkParts } from '../parts.ts'
import { assemble, EARLY } from './assemble.ts'
import { soundOf } from './sound.ts'

/** As long as a cache keeps a playlist, and a second for it to arrive. */
const END_AFTER_MS = (POINTER_MAX_AGE_S + 1) * 1000

/** Stores what is left, the playlists last, and switches the pointers to the whole version. */
export async function publishVersion(parts: WorkParts, row: JobRow, signal: AbortSignal): Promise<void> {
  const { ledger, publisher } = parts
  const { id, version, plan } = row
  if (plan === null) throw new Error(`job ${id} is to be published, but has no plan`)
  const packaged = assemble(parts, row, plan, 'ready', ledger.chunks(id))
  parts.onStep?.(id, 'playlists')
  publisher.add(version, await writeFiles(parts, row, packaged.files))
  parts.onStep?.(id, 'store')
  await publisher.stored(version, signal)
  parts.onStep?.(id, 'point')
  await publisher.point(version, { state: 'ready', pointers: packaged.pointers, description: packaged.description }, signal)
  ledger.enter(id, 'finishing', 'the asset is published', { playable_at: row.playable_at ?? new Date().toISOString() })
}

/**
 * Tells the end to players that are on growing playlists, once no cache can hold one without its last segments any more.
 * A player that changes its rendition reads the other's playlist for the first time; Shaka (5.2), where it had just
 * learnt the end from all others, never reads that one again, and waits for ever for what it does not name (docs/decisions/0006).
 */
export async function tellTheEnd(parts: WorkParts, row: JobRow, signal: AbortSignal): Promise<void> {
  const { ledger, publisher } = parts
  const { id, asset, version, plan } = row
  if (plan === null || ledger.step(id, EARLY) === null) return
  const ready = publisher.asset(asset)?.versions.some((known) => known.version === version && known.state === 'ready')
  if (ready !== true) return
  await delay(END_AFTER_MS, undefined, { signal })
  parts.onStep?.(id, 'tell-end')
  await publisher.end(version, assemble(parts, row, plan, 'ready', ledger.chunks(id)).endings, signal)
}

/**
 * Shows a new asset while it grows. None for an asset that viewers already have in an older version, which stays until
 * the new one is complete, nor where the profile does not want it or there is nothing to grow.
 */
export function startEarlyPublishing(parts: WorkParts, id: string, plan: Plan, wanted: boolean): EarlyPublishing | null {
  const { ledger, publisher } = parts
  const { asset } = ledger.get(id)
  if (!wanted || plan.video === null || plan.video.chunks.length < 2 || hasReadyVersion(publisher.asset(asset))) return null
  // A long source has hundreds of chunks, and each of them is a step here.
  const chunks: MadeChunk[] = []
  return new EarlyPublishing(async (signal) => {
    const row = ledger.get(id)
    chunks.push(...ledger.chunks(id, chunks.length))
    // Either may be the first to be there; none can be shown without the other.
    if (chunks.length === 0 || (plan.audio !== null && soundOf(parts, id) === null)) return
    const packaged = assemble(parts, row, plan, 'encoding', chunks)
    if (!packaged.playable) return
    publisher.add(row.version, await writeFiles(parts, row, packaged.files))
    await publisher.stored(row.version, signal)
    parts.onStep?.(id, 'point-early')
    ledger.recordStep(id, EARLY, true)
    const shown = await publisher.point(row.version, { state: 'encoding', pointers: packaged.pointers, description: packaged.description }, signal)
    if (shown === 'pointed' && row.playable_at === null) ledger.change(id, { playable_at: new Date().toISOString() })
  })
}

function hasReadyVersion(asset: ReturnType<WorkParts['publisher']['asset']>): boolean {
  return asset?.versions.some(({ state }) => state === 'ready') ?? false
}

/** Texts become files of the work area: an outbox that survives a restart sends files. */
async function writeFiles({ area }: WorkParts, { id, version }: JobRow, files: readonly PackagedFile[]): Promise<NewObject[]> {
  const directory = join(area.made(id, version), 'playlists')
  await mkdir(directory, { recursive: true })
  const objects: NewObject[] = []
  for (const { key, content, content_type, bytes, sha256 } of files) {
    const path = join(directory, `${sha256}.m3u8`)
    await replaceFile(path, content)
    objects.push({ key, path, bytes, sha256, content_type })
  }
  return objects
}
