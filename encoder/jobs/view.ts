import type { Publisher } from '../publish/contract.ts'
import type { JobView, RenditionView } from './contract.ts'
import type { JobLedger, JobRow } from './ledger.ts'
import type { LiveProgress } from './live.ts'
import type { JobRunner } from './runner.ts'

/** Shares of a job's progress, from what the work costs: about nine tenths are the pictures. */
const SHARE = { examined: 0.02, audio: 0.05, stored: 0.03 } as const

export interface ViewParts {
  readonly ledger: JobLedger
  readonly live: LiveProgress
  readonly publisher: Pick<Publisher, 'progress' | 'problem'>
  readonly runner: Pick<JobRunner, 'held'>
}

/** A job as it is shown: what the ledger has, and how far the work is at this moment. */
export function viewOf(row: JobRow, { ledger, live, publisher, runner }: ViewParts): JobView {
  const chunksDone = ledger.chunkCount(row.id)
  const video = videoShare(row, chunksDone, live)
  const audio = ledger.step(row.id, 'audio') === null ? live.audio(row.id) : 1
  const publishing = row.plan === null ? { objects: 0, stored: 0, bytes: 0, stored_bytes: 0 } : publisher.progress(row.version)
  const speed = row.state === 'encoding' ? (live.video(row.id)?.speed ?? null) : null
  const left = (row.duration_s ?? 0) * (1 - video)
  return {
    id: row.id,
    asset: row.asset,
    profile: row.profile,
    version: row.version,
    source: { name: row.claim.name, size: row.claim.size, sha256: row.source_sha256 },
    state: row.state,
    paused: row.paused,
    blocked: row.blocked ?? runner.held(row.id) ?? (row.state === 'publishing' ? publisher.problem() : null),
    priority: row.priority,
    attempt: row.attempt,
    progress: progressOf(row, video, audio, publishing),
    speed,
    eta_s: speed === null || speed <= 0 ? null : Math.round(left / speed),
    duration_s: row.duration_s,
    renditions: renditionsOf(row, video, audio, ledger),
    chunks: { planned: row.plan?.video?.chunks.length ?? 0, done: chunksDone, encoded: row.chunks_encoded },
    publishing,
    playable_at: row.playable_at,
    notes: row.notes,
    error: row.error,
    created_at: row.created_at,
    started_at: row.started_at,
    ended_at: row.ended_at,
  }
}

function videoShare({ id, plan }: JobRow, chunksDone: number, live: LiveProgress): number {
  const video = plan?.video
  if (video === undefined || video === null) return 0
  if (chunksDone >= video.chunks.length) return 1
  const recorded = video.chunks[chunksDone]?.first_frame ?? 0
  return Math.min(1, Math.max(recorded, live.video(id)?.frame ?? 0) / Math.max(1, video.grid.frames))
}

function progressOf({ state, plan }: JobRow, video: number, audio: number, { bytes, stored_bytes: stored }: JobView['publishing']): number {
  if (state === 'done' || state === 'finishing') return 1
  if (plan === null) return 0
  const pictures = 1 - SHARE.examined - SHARE.stored - (plan.audio === null ? 0 : SHARE.audio)
  const parts = plan.video === null ? audio * (1 - SHARE.examined - SHARE.stored) : video * pictures + (plan.audio === null ? 0 : audio * SHARE.audio)
  const storedShare = state === 'publishing' && bytes > 0 ? stored / bytes : 0
  return Math.min(0.999, Math.round((SHARE.examined + parts + storedShare * SHARE.stored) * 1000) / 1000)
}

function renditionsOf({ id, plan }: JobRow, video: number, audio: number, ledger: JobLedger): RenditionView[] {
  if (plan === null) return []
  const captions = ledger.step(id, 'captions') === null ? 0 : 1
  return [
    ...(plan.video?.rungs ?? []).map((rung): RenditionView => ({
      id: rung.id, kind: 'video', progress: video, detail: `${rung.width}x${rung.height} ${rung.codec}${rung.range === 'sdr' ? '' : ` ${rung.range.toUpperCase()}`}`,
    })),
    ...(plan.audio?.renditions ?? []).map((rendition): RenditionView => ({
      id: rendition.id, kind: 'audio', progress: audio, detail: `${channelWord(rendition.channels)} aac ${rendition.language}`,
    })),
    ...plan.captions.map((caption): RenditionView => ({ id: caption.id, kind: 'captions', progress: captions, detail: `webvtt ${caption.language}` })),
  ]
}

export function channelWord(channels: number): string {
  return { 1: 'mono', 2: 'stereo', 6: '5.1' }[channels] ?? `${channels} channels`
}
