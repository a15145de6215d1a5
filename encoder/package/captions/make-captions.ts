import { mkdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { FfmpegRun } from '../../encode/ffmpeg.ts'
import { runFfmpeg } from '../../encode/ffmpeg.ts'
import { JobError, jobErrors } from '../../job-errors.ts'
import type { CaptionPlan } from '../../plan/plan.ts'
import type { Rational } from '../../rational.ts'
import type { MadeCaptions } from '../made.ts'
import { writeMade } from '../write-made.ts'
import { writeWebVtt } from './cue.ts'
import { extractCommand, HEADROOM_MS } from './extract.ts'
import { fitCues } from './fit.ts'
import { CaptionsFault, parseCaptions, type ParsedCaptions } from './parse.ts'
import { decodeText } from './text-encoding.ts'

export interface CaptionsWork {
  readonly plans: readonly CaptionPlan[]
  /** The source as it is encoded. */
  readonly source: string
  /** Source time that is zero in the asset, in seconds. */
  readonly origin: Rational
  readonly duration_s: number
  /** Where the files go; made if it is missing. */
  readonly directory: string
  readonly run: Omit<FfmpegRun, 'args' | 'label' | 'cwd' | 'onProgress' | 'onDamage' | 'verbosity'>
}

export interface CaptionsMade {
  readonly captions: readonly MadeCaptions[]
  /** What was changed or left out, in sentences. */
  readonly notes: readonly string[]
}

/** A day of captions in full sentences has 5 MB. */
const MOST_BYTES = 32 * 1024 * 1024

/** All caption tracks as clean WebVTT. A file beside the source that cannot be read stops the job; a track in the source that holds nothing is left out, with a note. */
export async function makeCaptions(work: CaptionsWork): Promise<CaptionsMade> {
  await mkdir(work.directory, { recursive: true })
  const extracted = await extract(work)
  const captions: MadeCaptions[] = []
  const notes: string[] = []
  for (const plan of work.plans) {
    const embedded = extracted.get(plan.id)
    const read = embedded === undefined ? await readSidecar(plan) : await readEmbedded(plan, embedded)
    notes.push(...read.notes)
    if (read.parsed === null) continue
    const fitted = fitCues(read.parsed.cues, { shift_ms: embedded === undefined ? 0 : -HEADROOM_MS, duration_ms: Math.round(work.duration_s * 1000) })
    notes.push(...fitted.notes.map((note) => `${named(plan)}: ${note}`))
    captions.push({ plan, cues: fitted.cues.length, file: await writeMade(join(work.directory, `${plan.id}.vtt`), writeWebVtt(fitted.cues)) })
  }
  return { captions, notes }
}

/** Tracks of the source by caption id: where ffmpeg wrote them. */
async function extract({ plans, source, origin, directory, run }: CaptionsWork): Promise<Map<string, string>> {
  const tracks = plans.flatMap(({ id, from }) => ('stream_index' in from ? [{ id, stream_index: from.stream_index, path: join(directory, `${id}-extracted.vtt`) }] : []))
  if (tracks.length > 0) await runFfmpeg({ ...run, args: ['-y', ...extractCommand(source, origin, tracks)], label: `reading the captions in ${basename(source)}` })
  return new Map(tracks.map(({ id, path }) => [id, path]))
}

interface Read {
  readonly parsed: ParsedCaptions | null
  readonly notes: readonly string[]
}

async function readEmbedded(plan: CaptionPlan, path: string): Promise<Read> {
  const text = await readFile(path, 'utf8')
  if (!text.includes('-->')) return { parsed: null, notes: [`${named(plan)} are left out: the track in the source holds no text`] }
  return { parsed: parseCaptions(text), notes: [] }
}

async function readSidecar(plan: CaptionPlan): Promise<Read> {
  const path = 'file' in plan.from ? plan.from.file : ''
  const name = basename(path)
  const { size } = await stat(path)
  if (size > MOST_BYTES) throw invalid(`${named(plan)} (${name}) are ${size} bytes long; no captions are that long`, 1)
  const { text, encoding, guessed } = decodeText(await readFile(path), plan.language)
  if (text.includes('\0')) throw invalid(`${named(plan)} (${name}) are no text`, 1)
  const notes = guessed ? [`${named(plan)} are not in UTF-8; they were read as ${encoding}`] : []
  try {
    const parsed = parseCaptions(text)
    return { parsed, notes: [...notes, ...parsed.notes.map((note) => `${named(plan)}: ${note}`)] }
  } catch (error) {
    if (!(error instanceof CaptionsFault)) throw error
    throw invalid(`Line ${error.line} of ${named(plan)} (${name}): ${error.message}`, error.line, error)
  }
}

function named({ label }: CaptionPlan): string {
  return `the captions “${label}”`
}

function invalid(message: string, line: number, cause?: unknown): JobError {
  return new JobError(jobErrors.captionsInvalid, message.charAt(0).toUpperCase() + message.slice(1), 'Mend or remove the captions file, and drop it with its source again.', { line }, cause)
}
