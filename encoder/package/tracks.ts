import type { MadeInit, MadeSegment } from '../encode/records.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import type { AudioRendition, Plan, Rung } from '../plan/plan.ts'
import { toNumber } from '../rational.ts'
import { averageBandwidth, peakBandwidth } from './bandwidth.ts'

/** A rendition of the plan with what was made of it, in order and measured. */
export interface Track<Of> {
  readonly plan: Of
  readonly init: MadeInit
  readonly segments: readonly MadeSegment[]
  readonly duration_s: number
  readonly bandwidth: number
  readonly average_bandwidth: number
}

export interface Tracks {
  readonly video: readonly Track<Rung>[]
  readonly audio: readonly Track<AudioRendition>[]
  /** One for all playlists: RFC 8216bis 6.2.4 wants it equal over the renditions of a presentation. */
  readonly target_duration: number
  /** Of the longest track. */
  readonly duration_s: number
}

export interface MadeMedia {
  readonly inits: readonly MadeInit[]
  /** In any order. */
  readonly segments: readonly MadeSegment[]
  /** While encoding: whether the sound is encoded to its end. Where it is not, video waits for it. */
  readonly audio_complete: boolean
}

/** Chromium's own HLS player refuses a growing playlist of fewer, and RFC 8216bis 6.3.3 has players begin three target durations before its end. */
export const LEAST_EARLY_SEGMENTS = 3

/** How many segments a growing asset would have by now. */
export function earlySegments(plan: Plan, made: MadeMedia): number {
  const { rungs, sounds, runs } = runsOf(plan, made, true)
  const lengths = (ids: readonly { readonly id: string }[]) => ids.map(({ id }) => runs.get(id)?.length ?? 0)
  return Math.min(...lengths(rungs), ...(made.audio_complete && rungs.length > 0 ? [] : lengths(sounds)))
}

/** Puts what was made in order; while the version is still encoding, cut to what all renditions have. Throws where it does not fit together. */
export function assembleTracks(plan: Plan, made: MadeMedia, growing: boolean): Tracks {
  const { rungs, sounds, runs } = runsOf(plan, made, growing)
  const cut = growing ? earlySegments(plan, made) : Number.POSITIVE_INFINITY
  const target_duration = targetDuration(plan, made.segments)
  const track = <Of extends { readonly id: string }>(of: Of): Track<Of> => {
    const init = made.inits.find(({ rendition }) => rendition === of.id)
    const segments = (runs.get(of.id) ?? []).slice(0, cut)
    if (init === undefined || segments.length === 0) throw inconsistent(`rendition ${of.id} has no ${init === undefined ? 'initialisation segment' : 'segments'}`)
    const measured = segments.map(({ bytes, duration_ticks, timescale }) => ({ bytes, seconds: duration_ticks / timescale }))
    const last = segments.at(-1)
    return {
      plan: of,
      init,
      segments,
      duration_s: last === undefined ? 0 : (last.start_ticks + last.duration_ticks) / last.timescale,
      bandwidth: peakBandwidth(measured, target_duration),
      average_bandwidth: averageBandwidth(measured),
    }
  }
  const video = rungs.map(track)
  const audio = sounds.map(track)
  if (video.length + audio.length === 0) throw inconsistent('the plan has neither video nor audio')
  requireEqualBoundaries(video)
  return { video, audio, target_duration, duration_s: Math.max(...[...video, ...audio].map(({ duration_s }) => duration_s)) }
}

function runsOf(plan: Plan, made: MadeMedia, growing: boolean): { rungs: readonly Rung[]; sounds: readonly AudioRendition[]; runs: Map<string, MadeSegment[]> } {
  const rungs = plan.video?.rungs ?? []
  const sounds = plan.audio?.renditions ?? []
  return { rungs, sounds, runs: new Map([...rungs, ...sounds].map(({ id }) => [id, contiguous(id, made.segments, growing)])) }
}

/** The segments of a rendition from the first on, each beginning where the one before ends; up to the first gap while they still come. */
function contiguous(rendition: string, all: readonly MadeSegment[], growing: boolean): MadeSegment[] {
  const own = all.filter((segment) => segment.rendition === rendition).toSorted((a, b) => a.number - b.number)
  const gap = own.findIndex(({ number }, index) => number !== index)
  if (gap >= 0 && !growing) throw inconsistent(`segment ${gap} of ${rendition} is missing or there twice`)
  const run = gap < 0 ? own : own.slice(0, gap)
  let end = 0
  for (const segment of run) {
    if (segment.start_ticks !== end) throw inconsistent(`segment ${segment.number} of ${rendition} starts at tick ${segment.start_ticks}, the one before ends at ${end}`)
    end += segment.duration_ticks
  }
  return run
}

function requireEqualBoundaries([first, ...others]: readonly Track<Rung>[]): void {
  if (first === undefined) return
  const boundaries = ({ segments }: Track<Rung>) => segments.map(({ start_ticks, duration_ticks, timescale }) => `${start_ticks}+${duration_ticks}/${timescale}`)
  const expected = boundaries(first)
  for (const other of others) {
    const found = boundaries(other)
    const different = Array.from({ length: Math.max(expected.length, found.length) }, (_, number) => number).find((number) => found[number] !== expected[number])
    if (different !== undefined) throw inconsistent(`segment ${different} is not cut alike in ${first.plan.id} (${expected[different] ?? 'none'}) and ${other.plan.id} (${found[different] ?? 'none'})`)
  }
}

/** From the plan, so that it never changes while playlists grow: sound may be cut up to one AAC frame late. */
function targetDuration(plan: Plan, segments: readonly MadeSegment[]): number {
  const grid = plan.video?.grid
  const planned = grid === undefined ? toNumber(plan.audio?.segment_s ?? { num: 1, den: 1 }) : (grid.segment_frames * grid.frame_ticks) / grid.timescale
  const longest = segments.reduce((most, { duration_ticks, timescale }) => Math.max(most, duration_ticks / timescale), planned + 1024 / 48_000)
  return Math.max(1, Math.round(longest))
}

function inconsistent(what: string): JobError {
  return new JobError(jobErrors.internal, `The segments that were made do not fit together: ${what}.`, 'Retry the job; if it happens again, report it with the output of `greenroom-encoder show`.')
}
