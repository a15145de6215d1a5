import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { syncDirectory } from '../../shared/files/atomic.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import type { AudioPlan, AudioRendition, Plan } from '../plan/plan.ts'
import type { Tools } from '../tools.ts'
import { type AudioCommand, audioCommand, loudnessCommand } from './audio-command.ts'
import { checkSound } from './check-sound.ts'
import { damagedSound, named, truncatedSound } from './damage.ts'
import { runFfmpeg } from './ffmpeg.ts'
import { gainFor, readLoudness } from './loudness.ts'
import { INIT, segmentName, STYP_ALONE } from './made-names.ts'
import type { Mark } from './mark.ts'
import { measureInit, measureSegment, ReusedMemory } from './measure.ts'
import type { MadeInit, MadeSegment } from './records.ts'
import { requireCodec } from './require-codec.ts'

export interface EncodeAudio {
  readonly plan: Pick<Plan, 'audio' | 'duration_s'>
  readonly source: string
  /** Segments come to lie in `<directory>/<rendition>/`. */
  readonly directory: string
  readonly tools: Tools
  readonly signal: AbortSignal
  readonly stallMs: number
  readonly mark?: Mark | undefined
  /** Told the share that is done, from 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined
}

export interface MadeSound {
  readonly inits: readonly MadeInit[]
  readonly segments: readonly MadeSegment[]
}

/** Share of the time that measuring takes. */
const MEASURING = 0.4

/** Encodes all sound of an asset, whole: measured first, then all renditions by one ffmpeg. Each is checked before it is answered. */
export async function encodeAudio(options: EncodeAudio): Promise<MadeSound> {
  const { plan: { audio }, source, directory, tools } = options
  if (audio === null) return { inits: [], segments: [] }
  requireCodec(tools, { encoders: ['aac'] })
  const command = { plan: audio, source, damaged: false }
  const measured = audio.renditions.some(({ loudness }) => loudness !== null)
  const { gains, damaged } = measured ? await measureGains(options, command) : { gains: new Map<string, number>(), damaged: 0 }
  const encode = async (spoilt: boolean): Promise<number> => {
    for (const { id } of audio.renditions) {
      await rm(join(directory, id), { recursive: true, force: true })
      await mkdir(join(directory, id), { recursive: true })
    }
    const args = audioCommand({ ...command, damaged: spoilt }, gains)
    const log = await runFfmpeg({ ...options, args, cwd: directory, label: 'encoding the sound', onProgress: share(options, measured ? MEASURING : 0, 1) }).catch(rethrowSilent(audio))
    if (log.damaged > audio.max_damaged) throw damagedSound(log.damaged, audio.max_damaged)
    return log.damaged
  }
  // Where nothing was measured, damage shows when it is too late.
  if ((await encode(damaged > 0)) > 0 && damaged === 0) await encode(true)
  options.onProgress?.(1)
  const made = []
  for (const rendition of audio.renditions) made.push(await collect(directory, audio, rendition))
  return { inits: made.map(({ init }) => init), segments: made.flatMap(({ segments }) => segments) }
}

async function measureGains(options: EncodeAudio, { plan, ...command }: AudioCommand): Promise<{ readonly gains: ReadonlyMap<string, number>; readonly damaged: number }> {
  const renditions = plan.renditions.filter(({ loudness }) => loudness !== null)
  const args = loudnessCommand({ ...command, plan: { ...plan, renditions } })
  const { tail, damaged } = await runFfmpeg({ ...options, args, verbosity: 'info', label: 'measuring the loudness', onProgress: share(options, 0, MEASURING) })
  const measured = readLoudness(tail)
  const gains = new Map(
    renditions.map(({ id, loudness }) => {
      const found = measured.get(id)
      if (found === undefined || loudness === null) throw new JobError(jobErrors.toolFailed, `The loudness of ${id} was not measured`, 'It is tried again.', { stderr_tail: tail })
      return [id, gainFor(found, loudness)]
    }),
  )
  return { gains, damaged }
}

/** With -copyts ffmpeg counts its time from its first report on, so this runs somewhat behind. */
function share({ onProgress, plan }: EncodeAudio, from: number, to: number): (progress: { readonly out_time_us: number | null }) => void {
  return ({ out_time_us: made }) => onProgress?.(from + (to - from) * Math.min(1, Math.max(0, (made ?? 0) / 1e6 / Math.max(plan.duration_s, 0.001))))
}

async function collect(directory: string, plan: AudioPlan, rendition: AudioRendition): Promise<{ readonly init: MadeInit; readonly segments: MadeSegment[] }> {
  const folder = join(directory, rendition.id)
  const names = await readdir(folder)
  const count = names.filter((name) => name.endsWith('.m4s')).length
  if (count === 0 || (count === 1 && (await stat(join(folder, segmentName(0)))).size <= STYP_ALONE)) throw silent(rendition)
  const init = await measureInit(join(folder, INIT), rendition.id)
  const memory = new ReusedMemory()
  const segments = []
  for (let number = 0; number < count; number += 1) segments.push((await measureSegment(join(folder, segmentName(number)), number, init, memory)).made)
  checkSound(rendition.id, segments, plan.segment_s)
  const end_s = segments.reduce((sum, { duration_ticks, timescale }) => sum + duration_ticks / timescale, 0)
  if (end_s < plan.end_s - Math.max(SHORT_S, SHORT * plan.end_s)) throw truncatedSound(rendition.stream_indexes, end_s - Math.min(...rendition.pad_s), plan.end_s - Math.min(...rendition.pad_s))
  await syncDirectory(folder)
  return { init: init.made, segments }
}

/** So much sound may end before what its packets promise: what encoders put in front, and a last packet or two. */
const SHORT_S = 0.5
const SHORT = 0.02

/** Of a track without a sample later ones than 5 (STYP_ALONE) end with an error, and name the output. */
const NOTHING_WRITTEN = /\[out#(\d+)\/hls[^\]]*\].*Nothing was written into output file/

function rethrowSilent({ renditions }: AudioPlan): (error: unknown) => never {
  return (error) => {
    const tail = error instanceof JobError && error.code === 'tool_failed' ? error.facts['stderr_tail'] : undefined
    const rendition = typeof tail === 'string' ? renditions[Number(NOTHING_WRITTEN.exec(tail)?.[1])] : undefined
    throw rendition === undefined ? error : silent(rendition)
  }
}

function silent({ stream_indexes }: AudioRendition): JobError {
  return new JobError(jobErrors.damaged, `Nothing of the audio track ${named(stream_indexes)} can be decoded`, 'Export the source again, or drop it without this track.', { stream_indexes })
}
