import type { ClaimedSource } from '../intake/contract.ts'
import { refusalOf } from '../intake/refusal.ts'
import { JobError } from '../job-errors.ts'
import type { Plan } from '../plan/plan.ts'
import type { Tools } from '../tools.ts'
import { expectedBytes } from './disk-guard.ts'
import { Interruption } from './interruption.ts'
import type { JobRow } from './ledger.ts'
import type { WorkParts } from './parts.ts'
import { profileOf } from './profile-of.ts'
import { makeCaptionFiles } from './steps/captions.ts'
import { encodedSource, examine } from './steps/examine.ts'
import { publishedBefore } from './steps/published-before.ts'
import { makeMedia } from './steps/media.ts'
import { makePictureFiles } from './steps/pictures.ts'
import { startEarlyPublishing } from './steps/publish-version.ts'

/** From a claimed source to everything that is to be published. Begins where the ledger says that it was. */
export async function make(parts: WorkParts, job: JobRow, signal: AbortSignal): Promise<void> {
  const { ledger, disk, live, config } = parts
  const { id } = job
  const { source } = job
  if (source === null) throw new Error(`job ${id} has no source`)
  const tools = await parts.tools()
  try {
    const plan = job.plan ?? (await planJob(parts, job, source, tools, signal))
    if (plan === null) return
    mayGoOn(parts, id)
    const row = ledger.get(id)
    const stillToWrite = () => expectedBytes(plan, ledger.chunkCount(id) / Math.max(1, plan.video?.chunks.length ?? 1))
    disk.reserve(id, stillToWrite())
    const encoded = await encodedSource(parts, row, source, plan, tools, signal)
    await makeCaptionFiles(parts, row, plan, encoded, tools, signal)
    const early = startEarlyPublishing(parts, id, plan, profileOf(row, config).publish_early)
    try {
      if (ledger.chunkCount(id) > 0) early?.more()
      const onRecorded = () => {
        disk.lessen(id, stillToWrite())
        early?.more()
      }
      await makeMedia(parts, { row, plan, source: encoded, tools, signal, onRecorded })
    } catch (error) {
      if (!(error instanceof JobError) || error.facts['init_differs'] !== true) throw error
      // Another ffmpeg than the one that made the chunks before: what both make cannot be one stream.
      await early?.stop()
      await parts.publisher.abandon(row.version)
      ledger.restart(id, 'ffmpeg is another one than made the first chunks: the version begins anew')
      throw new Interruption('restarted')
    } finally {
      await early?.stop()
    }
    await makePictureFiles(parts, row, plan, tools, signal)
    ledger.enter(id, 'publishing', 'everything is made')
  } finally {
    disk.release(id)
    live.forget(id)
  }
}

/** Decides what is made, and enters the version into the ledger. Null: the same was published before. */
async function planJob(parts: WorkParts, job: JobRow, source: ClaimedSource, tools: Tools, signal: AbortSignal): Promise<Plan | null> {
  const { ledger, publisher } = parts
  const { id, asset, profile } = job
  const refusal = refusalOf(source)
  if (refusal !== undefined) throw refusal
  if (job.state === 'queued') ledger.enter(id, 'probing', 'it is looked at')
  parts.onStep?.(id, 'probe')
  const { plan, source_sha256, recipe_hash } = await examine(parts, job, source, tools, signal)
  const before = await publishedBefore(parts, job, source_sha256, recipe_hash, signal)
  const facts = { source_sha256, recipe_hash, duration_s: plan.duration_s, notes: before === null ? plan.notes : [before.note, ...plan.notes] }
  if (before?.stands === true) {
    ledger.enter(id, 'finishing', before.note, { ...facts, playable_at: before.version.ready_at })
    return null
  }
  parts.onStep?.(id, 'begin-version')
  publisher.begin({
    asset, version: job.version, job: id, profile, profile_hash: recipe_hash,
    source_name: job.claim.name, source_size: job.claim.size, source_sha256,
  })
  parts.onStep?.(id, 'encode')
  ledger.enter(id, 'encoding', 'the plan is made', { ...facts, plan })
  return plan
}

/** Where a job may rest: between two pieces of its work. */
function mayGoOn({ ledger }: WorkParts, id: string): void {
  if (ledger.get(id).paused) throw new Interruption('paused')
}
