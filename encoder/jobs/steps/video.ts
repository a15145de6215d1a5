import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeVideo } from '../../encode/video.ts'
import type { MadeChunk } from '../../encode/records.ts'
import { mediaObjects } from '../../package/objects.ts'
import type { Tools } from '../../tools.ts'
import { transaction } from '../database.ts'
import { Interruption } from '../interruption.ts'
import type { JobRow } from '../ledger.ts'
import type { WorkParts } from '../parts.ts'
import type { Plan } from '../../plan/plan.ts'

export interface VideoStep {
  readonly row: JobRow
  readonly plan: Plan
  /** The source, or its remux. */
  readonly source: string
  readonly tools: Tools
  readonly signal: AbortSignal
  /** Something is recorded and will be stored. */
  readonly onRecorded: () => void
}

/**
 * Encodes the chunks that the ledger does not have yet, one ffmpeg for all of them. Each finished chunk is written to the
 * ledger together with its objects in the outbox, so that it is never encoded again. Asked to pause, it ends after the
 * chunk that is being encoded.
 */
export async function makeVideo(parts: WorkParts, { row, plan, source, tools, signal, onRecorded }: VideoStep): Promise<void> {
  const { ledger, live, database, publisher, area, config } = parts
  const { id, version, asset } = row
  if (plan.video === null) return
  const done = ledger.chunks(id)
  if (done.length >= plan.video.chunks.length) return

  // A directory of its own for each ffmpeg: what is recorded is of one attempt, and nothing of it is written over.
  const directory = join(area.made(id, version), `video-${row.attempt}`)
  await mkdir(directory, { recursive: true })
  const audio = new Set((plan.audio?.renditions ?? []).map((rendition) => rendition.id))
  const ending = new AbortController()
  const record = (chunk: MadeChunk) => {
    parts.onStep?.(id, 'chunk')
    // The inits of later chunks are the same bytes as the first's; one of them is published.
    const inits = done.length === 0 && chunk.index === 0 ? chunk.inits : []
    transaction(database, () => {
      ledger.recordChunk(id, chunk)
      publisher.add(version, mediaObjects({ asset, version }, audio, { inits, segments: chunk.segments }))
    })
    parts.onStep?.(id, 'chunk-recorded')
    onRecorded()
    const last = chunk.index === (plan.video?.chunks.length ?? 0) - 1
    if (ledger.get(id).paused && !last) ending.abort(new Interruption('paused'))
  }

  await encodeVideo({
    plan,
    source,
    directory,
    tools,
    fromChunk: done.length,
    damagedBefore: done.reduce((sum, chunk) => sum + chunk.damaged, 0),
    expectedInits: new Map((done[0]?.inits ?? []).map((init) => [init.rendition, init.sha256])),
    signal: AbortSignal.any([signal, ending.signal]),
    stallMs: config.jobs.stall,
    mark: area.mark(id),
    onProgress: (progress) => live.setVideo(id, progress),
    onChunk: async (chunk) => record(chunk),
  })
}
