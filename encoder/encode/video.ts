import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { JobError, jobErrors } from '../job-errors.ts'
import type { Chunk, Plan, VideoPlan } from '../plan/plan.ts'
import { toNumber } from '../rational.ts'
import type { Tools } from '../tools.ts'
import { ChunkCollector, HeadMissing } from './chunk-collector.ts'
import { damaged, toleratedFrames, truncated } from './damage.ts'
import { runFfmpeg } from './ffmpeg.ts'
import type { Mark } from './mark.ts'
import type { EncodeProgress, MadeChunk } from './records.ts'
import { requireCodec } from './require-codec.ts'
import { neededFor, videoCommand } from './video-command.ts'

export interface EncodeVideo {
  readonly plan: Pick<Plan, 'video'>
  /** Absolute path of the source, or of its remux. */
  readonly source: string
  /** Where segments are kept: `<directory>/<rung>/s00012.m4s`. */
  readonly directory: string
  readonly tools: Tools
  readonly fromChunk: number
  /** Pictures found damaged in the chunks before: what is allowed is allowed over the whole source. */
  readonly damagedBefore?: number | undefined
  /** SHA-256 of the init segments of the chunks before, by rendition; empty when there are none. */
  readonly expectedInits: ReadonlyMap<string, string>
  readonly signal: AbortSignal
  readonly stallMs: number
  readonly mark?: Mark | undefined
  readonly onProgress?: ((progress: EncodeProgress) => void) | undefined
  /** Called with one chunk after another; the next one waits for it. Its rejection ends the encoding. */
  readonly onChunk: (chunk: MadeChunk) => Promise<void>
}

/** Encodes from a chunk to the end of the source, one ffmpeg for all rungs. Each chunk is handed over when it has passed its checks, while the next is encoded. */
export async function encodeVideo(options: EncodeVideo): Promise<void> {
  const video = videoOf(options.plan)
  await encodeChunks(options, video, video.chunks.slice(options.fromChunk), null)
}

/** Encodes the chunk `fromChunk` and no more, for work that is shared out. */
export async function encodeChunkAlone(options: EncodeVideo): Promise<void> {
  const video = videoOf(options.plan)
  const chunk = video.chunks[options.fromChunk]
  if (chunk !== undefined) await encodeChunks(options, video, [chunk], chunk.end_frame)
}

function videoOf({ video }: Pick<Plan, 'video'>): VideoPlan {
  if (video === null) throw new Error('a plan without video has no chunks to encode')
  return video
}

async function encodeChunks(options: EncodeVideo, video: VideoPlan, chunks: readonly Chunk[], end_frame: number | null): Promise<void> {
  const [start] = chunks
  if (start === undefined) return
  requireCodec(options.tools, neededFor(video))
  // At last from the start of the file, where nothing needs to be sought.
  const seeks = start.first_frame === 0 ? [null] : [...start.seek_pts, null]
  for (const seek_pts of seeks) {
    try {
      return await encodeOnce(options, video, chunks, seek_pts, end_frame)
    } catch (error) {
      if (!(error instanceof HeadMissing)) throw error
      if (seek_pts !== null) continue
      if (start.first_frame === 0) throw truncated(0, video.grid)
      // The end of the source was within what the chunks before hold: they are all there is.
      if (end_frame === null && start.first_frame >= video.grid.frames - toleratedFrames(video.grid)) return emptyChunks(options, chunks)
      throw new JobError(jobErrors.framesMissing, `${error.message}, decoded from the start of the file too`, 'It is tried again.', { chunk: start.index }, error)
    }
  }
}

async function emptyChunks({ onChunk }: EncodeVideo, chunks: readonly Chunk[]): Promise<void> {
  for (const { index } of chunks) await onChunk({ index, frames: 0, damaged: 0, inits: [], segments: [] })
}

async function encodeOnce(options: EncodeVideo, video: VideoPlan, chunks: readonly Chunk[], seek_pts: number | null, end_frame: number | null): Promise<void> {
  const { tools, signal, stallMs, mark, source, directory, onProgress } = options
  const { grid, rungs } = video
  const [{ first_frame, first_segment }] = chunks as [Chunk]
  // Its own folder: what is kept is moved out of it, and what an ffmpeg leaves half done goes with it.
  const run = join(directory, `run-${first_segment}`)
  await rm(run, { recursive: true, force: true })
  for (const { id } of rungs) await mkdir(join(run, id), { recursive: true })

  const failure = new AbortController()
  const stop = AbortSignal.any([signal, failure.signal])
  const check = { tools, signal: stop, stallMs, mark }
  const onChunk = (chunk: MadeChunk) => {
    const damaged = found - told
    told = found
    return options.onChunk({ ...chunk, damaged })
  }
  const collector = new ChunkCollector({ plan: video, chunks, run, directory, expectedInits: options.expectedInits, check, onChunk })
  let frame = first_frame
  let firstDamage: number | null = null
  let early = 0
  let found = 0
  let told = 0
  let taking: Promise<void> | undefined
  const take = () => {
    taking ??= collector.takeComplete().catch((error: unknown) => failure.abort(error)).finally(() => (taking = undefined))
  }
  try {
    await runFfmpeg({
      ...check,
      args: videoCommand({ plan: video, source, chunk: { first_frame, first_segment }, seek_pts, end_frame }),
      cwd: run,
      label: first_frame === 0 ? 'encoding the video' : `encoding the video from second ${Math.round(first_frame / toNumber(grid.frame_rate))}`,
      onProgress: (progress) => {
        frame = first_frame + progress.frame
        if (frame > mostFrames(video)) failure.abort(tooManyFrames(frame, grid.frames))
        onProgress?.({ frame, out_time_s: frame / toNumber(grid.frame_rate), speed: progress.speed })
        take()
      },
      onDamage: (total) => {
        // Pictures before the first that is wanted may refer to others that were not read: no fault of the source.
        if (first_frame > 0 && frame === first_frame) early = total
        firstDamage ??= frame
        found = total - early
        const all = found + (options.damagedBefore ?? 0)
        if (all > video.max_damaged) failure.abort(damaged(all, video.max_damaged, firstDamage, grid.frame_rate))
      },
    }).catch(async (error: unknown) => {
      await taking
      // What was finished before the tool failed is good; if it is not, the tool's own failure tells more.
      if (!stop.aborted) await collector.takeComplete().catch(() => {})
      throw error
    })
    await taking
    stop.throwIfAborted()
    await collector.takeRest((frames) => {
      if (frames === 0 || frames < grid.frames - toleratedFrames(grid)) throw truncated(frames, grid)
    })
  } finally {
    await rm(run, { recursive: true, force: true })
  }
}

/** Well beyond what a plan can be wrong by: a gap in the timestamps would be filled until the disk is full. */
function mostFrames({ grid }: VideoPlan): number {
  return Math.ceil(grid.frames * 1.02 + 10 * toNumber(grid.frame_rate))
}

function tooManyFrames(frames: number, planned: number): JobError {
  return new JobError(jobErrors.framesMissing, `${frames} frames came out where ${planned} were planned`, 'Its timestamps may jump: remux it (`ffmpeg -i FILE -c copy FILE.mkv`) and drop that.', { frames, planned })
}
