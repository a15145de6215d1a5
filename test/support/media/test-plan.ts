import { execFileSync } from 'node:child_process'
import type { Chunk, Rung, VideoPlan } from '../../../encoder/plan/plan.ts'
import { parseRational, rational, toNumber, type Rational } from '../../../encoder/rational.ts'
import { FFPROBE } from './tools.ts'

export interface TestPlan {
  readonly rate?: Rational
  /** Frames of the grid that are planned; default: as many as the source has packets. */
  readonly frames?: number
  readonly segment_frames?: number
  /** Segments of each chunk. */
  readonly chunk?: number
  readonly rungs?: readonly Partial<Rung>[]
  readonly change?: Partial<VideoPlan>
}

export function testRung(rung: Partial<Rung> = {}): Rung {
  return {
    id: 'v180', width: 320, height: 180, codec: 'h264', range: 'sdr', pixel_format: 'yuv420p', filters: [], preset: 'ultrafast', tune: null, crf: 28,
    maxrate_kbps: 4000, bufsize_kbps: 6000, threads: 1, codec_params: [], ...rung,
  }
}

/** A plan for a source whose packets are as ffprobe says, apart from the planner: parts of the encoder are tested without one another. */
export function testPlan(file: string, { rate = rational(25), frames, segment_frames = 12, chunk = 2, rungs = [{}, { id: 'v90', width: 160, height: 90 }], change = {} }: TestPlan = {}): VideoPlan {
  const probed = JSON.parse(
    execFileSync(FFPROBE, ['-v', 'error', '-of', 'json', '-select_streams', 'v:0', '-show_entries', 'packet=pts,flags:stream=index,time_base,width,height:stream_side_data=rotation:format=format_name', `file:${file}`], { encoding: 'utf8' }),
  ) as { packets: { pts?: number; flags: string }[]; streams: { index: number; time_base: string; width: number; height: number; side_data_list?: { rotation?: number }[] }[]; format: { format_name: string } }
  const shown = probed.packets.filter(({ pts, flags }) => pts !== undefined && !flags.includes('D'))
  const origin = shown.reduce((least, { pts = 0 }) => Math.min(least, pts), Infinity)
  const keys = shown.filter(({ flags }) => flags.startsWith('K')).map(({ pts = 0 }) => pts).toSorted((a, b) => a - b)
  const base = parseRational(probed.streams[0]?.time_base) ?? rational(1)
  const total = frames ?? shown.length
  const { width = 0, height = 0, side_data_list: sideData = [] } = probed.streams[0] ?? {}
  const lying = sideData.some(({ rotation = 0 }) => rotation % 180 !== 0)
  const timescale = rate.den === 1001 ? rate.num : 90_000
  return {
    stream_index: probed.streams[0]?.index ?? 0,
    origin_pts: origin,
    time_base: base,
    remux: false,
    late_s: null,
    seek: /mp4|matroska/.test(probed.format.format_name) ? 'near' : 'early',
    grid: { frame_rate: rate, segment_frames, timescale, frame_ticks: (timescale * rate.den) / rate.num, frames: total },
    width: lying ? height : width,
    height: lying ? width : height,
    deinterlace: null,
    source_rate: null,
    hold_frames: 0,
    common_filters: [],
    max_damaged: 0,
    rungs: rungs.map(testRung),
    chunks: chunksOf(total, segment_frames, chunk, (frame) => {
      const latest = origin + (frame / toNumber(rate) - 0.5) / toNumber(base)
      return keys.filter((pts) => pts <= latest).toReversed().slice(0, 3)
    }),
    ...change,
  }
}

function chunksOf(frames: number, segmentFrames: number, per: number, seek: (frame: number) => readonly number[]): Chunk[] {
  const segments = Math.max(1, Math.ceil(frames / segmentFrames))
  const count = Math.max(1, Math.ceil(segments / per))
  return Array.from({ length: count }, (_, index) => {
    const first = index * per
    const last = index === count - 1
    return {
      index,
      first_frame: first * segmentFrames,
      end_frame: last ? null : (first + per) * segmentFrames,
      first_segment: first,
      segments: last ? segments - first : per,
      seek_pts: index === 0 ? [] : seek(first * segmentFrames),
    }
  })
}
