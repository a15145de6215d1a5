import type { VideoFacts } from './facts.ts'
import type { RawSideData } from './headers.ts'
import { inputOptions } from './input-options.ts'
import { lastLines, runFfprobe, type ProbeTime, type ProbeTools } from './ffprobe.ts'

/** A decoded picture in ffprobe's words. */
export interface RawFrame {
  readonly pts?: number
  readonly best_effort_timestamp?: number
  readonly width?: number
  readonly height?: number
  readonly interlaced_frame?: number
  readonly top_field_first?: number
  readonly repeat_pict?: number
  readonly side_data_list?: readonly RawSideData[]
}

export interface Sample {
  /** Decoded from the start of the file on, without a seek. */
  readonly head: readonly RawFrame[]
  /** All, those of later places included. */
  readonly frames: readonly RawFrame[]
  readonly complaints: string
}

/** Packets decoded at the start and at each of the later places. */
const AT_START = 48
const AT_PLACE = 12

export interface SampleRequest {
  readonly path: string
  /** Index of the stream. */
  readonly stream: number
  /** Packets at the start that nothing can decode. */
  readonly lead: number
  /** Later places, seconds as the file counts them. */
  readonly places: readonly number[]
}

/** Decodes a few pictures at the start and at later places: what only pictures tell. */
export async function sampleFrames({ path, stream, lead, places }: SampleRequest, tools: ProbeTools, time: ProbeTime): Promise<Sample> {
  const head = await decode(path, stream, `%+#${lead + AT_START}`, tools, time)
  if (places.length === 0) return { head: head.frames, frames: head.frames, complaints: head.complaints }
  const later = await decode(path, stream, places.map((second) => `${second.toFixed(3)}%+#${AT_PLACE}`).join(','), tools, time)
  return { head: head.frames, frames: [...head.frames, ...later.frames], complaints: head.complaints }
}

async function decode(path: string, stream: number, intervals: string, tools: ProbeTools, time: ProbeTime): Promise<{ readonly frames: readonly RawFrame[]; readonly complaints: string }> {
  const entries = 'frame=pts,best_effort_timestamp,width,height,interlaced_frame,top_field_first,repeat_pict:frame_side_data'
  const { stdout, stderr } = await runFfprobe(
    tools,
    [...inputOptions(path), '-select_streams', String(stream), '-read_intervals', intervals, '-show_entries', entries, '-of', 'json'],
    time,
  )
  const { frames = [] } = JSON.parse(stdout === '' ? '{}' : stdout) as { frames?: RawFrame[] }
  return { frames, complaints: lastLines(stderr) }
}

/** What most pictures are; `mixed` where more than one in ten differs. Falls back on what the container says. */
export function fieldOrder(frames: readonly RawFrame[], claimed: string | undefined): VideoFacts['field_order'] {
  const top = claimed === undefined || !['bb', 'tb'].includes(claimed)
  if (frames.length === 0) return claimed === undefined || ['progressive', 'unknown'].includes(claimed) ? 'progressive' : top ? 'top_first' : 'bottom_first'
  const interlaced = frames.filter(({ interlaced_frame }) => interlaced_frame === 1)
  const share = interlaced.length / frames.length
  if (share < 0.02) return 'progressive'
  if (share < 0.9) return 'mixed'
  return interlaced.filter(({ top_field_first }) => top_field_first === 1).length * 2 >= interlaced.length ? 'top_first' : 'bottom_first'
}

export function sideDataOf(frames: readonly RawFrame[]): readonly RawSideData[] {
  return frames.flatMap(({ side_data_list }) => side_data_list ?? [])
}
