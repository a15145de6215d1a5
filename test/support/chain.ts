import { createHash } from 'node:crypto'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { encodeAudio } from '../../encoder/encode/audio.ts'
import { openTools } from '../../encoder/encode/open-tools.ts'
import type { MadeInit, MadeSegment } from '../../encoder/encode/records.ts'
import { remuxToMatroska } from '../../encoder/encode/remux.ts'
import { encodeVideo } from '../../encoder/encode/video.ts'
import { packageVersion } from '../../encoder/package/package.ts'
import { builtInProfiles } from '../../encoder/plan/built-in-profiles.ts'
import { makePlan } from '../../encoder/plan/make-plan.ts'
import { needsRemux } from '../../encoder/plan/video-plan.ts'
import type { Plan } from '../../encoder/plan/plan.ts'
import type { Profile } from '../../encoder/plan/profile.ts'
import type { Facts } from '../../encoder/probe/facts.ts'
import { judge } from '../../encoder/probe/judge.ts'
import { probeSource } from '../../encoder/probe/probe.ts'
import type { Tools } from '../../encoder/tools.ts'
import { layDown } from './asset-folder.ts'
import type { Media } from './media/read-counter.ts'
import { FFMPEG, FFPROBE } from './media/tools.ts'

/** Two small rungs, segments of about a second and chunks of one or two, so that a clip of a few seconds has joins. */
export const QUICK: Profile = {
  ...builtInProfiles.default,
  name: 'quick',
  rungs: [
    { id: 'v90', short_side: 90, codec: 'h264', crf: 23, maxrate_kbps: 2000, keep_hdr: false },
    { id: 'v64', short_side: 64, codec: 'h264', crf: 23, maxrate_kbps: 1000, keep_hdr: false },
  ],
  preset: 'ultrafast',
  segment_s: 0.96,
  chunk_s: 0.96,
  poster: false,
  storyboard: false,
  publish_early: false,
}

const STALL_MS = 60_000
const DEADLINE_MS = 60_000
const MARK = { work: 'test', job: 'test' }

export interface ChainOptions {
  readonly profile?: Profile
  readonly tools?: Tools
  /** Language of tracks that do not say. */
  readonly language?: string
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
}

export interface ChainRendition {
  readonly id: string
  readonly media: Media
}

/** What became of a source, and all that was decided on the way. */
export interface ChainResult {
  readonly source: string
  readonly facts: Facts
  readonly plan: Plan
  /** Folder of the asset, as a directory store would hold it. */
  readonly folder: string
  readonly video: readonly ChainRendition[]
  readonly audio: readonly ChainRendition[]
}

let machineTools: Promise<Tools> | undefined

/** The machine's ffmpeg, looked at once. */
export function testTools(): Promise<Tools> {
  return (machineTools ??= openTools({ ffmpeg: FFMPEG, ffprobe: FFPROBE }))
}

/** What is known and decided of a source before anything is encoded. @throws JobError where it is refused */
export async function examineSource(source: string, directory: string, options: ChainOptions = {}): Promise<{ facts: Facts; plan: Plan; source: string; tools: Tools }> {
  const { profile = QUICK, tools = await testTools(), signal = new AbortController().signal, deadlineMs = DEADLINE_MS } = options
  const probe = (path: string) => probeSource({ path, tools, deadlineMs, limits: profile.limits, signal })
  let facts = await probe(source)
  let encoded = source
  const copy = join(directory, 'remuxed.mkv')
  let remuxed = false
  const jumps = facts.video?.jumps ?? []
  if (needsRemux(facts)) {
    await remuxToMatroska({ source, target: copy, late_s: facts.late_s, tools, signal, stallMs: STALL_MS, mark: MARK })
    const copied = await probe(copy)
    remuxed = copied.video !== null
    if (remuxed) [facts, encoded] = [{ ...copied, late_s: facts.late_s }, copy]
  }
  const verdict = judge(facts.video === null ? facts : { ...facts, video: { ...facts.video, jumps } }, profile, tools)
  const settings = options.language === undefined ? {} : { language: options.language }
  const plan = makePlan(facts, profile, { options: settings, captions: [], threads: 1, cores: availableParallelism(), verdict, remuxed })
  return { facts, plan, source: encoded, tools }
}

/** The whole way from a source to an asset in a folder, as the daemon goes it, without the daemon. */
export async function encodeSource(source: string, directory: string, options: ChainOptions = {}): Promise<ChainResult> {
  const { signal = new AbortController().signal } = options
  await mkdir(directory, { recursive: true })
  const { facts, plan, source: encoded, tools } = await examineSource(source, directory, options)
  const common = { plan, source: encoded, tools, signal, stallMs: STALL_MS, mark: MARK }
  const made: { inits: MadeInit[]; segments: MadeSegment[] } = { inits: [], segments: [] }
  if (plan.audio !== null) {
    await mkdir(join(directory, 'audio'))
    const { inits, segments } = await encodeAudio({ ...common, directory: join(directory, 'audio'), onProgress: () => {} })
    made.inits.push(...inits)
    made.segments.push(...segments)
  }
  if (plan.video !== null) {
    await mkdir(join(directory, 'video'))
    await encodeVideo({
      ...common,
      directory: join(directory, 'video'),
      fromChunk: 0,
      expectedInits: new Map(),
      onProgress: () => {},
      onChunk: async ({ index, inits, segments }) => {
        if (index === 0) made.inits.push(...inits)
        made.segments.push(...segments)
      },
    })
  }
  const description = { name: basename(source), size: (await stat(source)).size, sha256: createHash('sha256').update(await readFile(source)).digest('hex') }
  const input = {
    asset: 'clip', version: 'v1', state: 'ready', published_early: false, plan, audio_complete: true, source: description, captions: [], pictures: null,
    inits: made.inits.toSorted(byRendition), segments: made.segments.toSorted((a, b) => byRendition(a, b) || a.number - b.number),
  } as const
  const folder = await layDown(join(directory, 'store'), input, packageVersion(input))
  const rendition = ({ id }: { readonly id: string }): ChainRendition => {
    const init = input.inits.find((made) => made.rendition === id)
    if (init === undefined) throw new Error(`rendition ${id} was planned and not made`)
    return { id, media: { init: init.path, segments: input.segments.filter((made) => made.rendition === id).map(({ path }) => path) } }
  }
  return { source, facts, plan, folder, video: (plan.video?.rungs ?? []).map(rendition), audio: (plan.audio?.renditions ?? []).map(rendition) }
}

function byRendition(a: { readonly rendition: string }, b: { readonly rendition: string }): number {
  return a.rendition < b.rendition ? -1 : a.rendition > b.rendition ? 1 : 0
}
