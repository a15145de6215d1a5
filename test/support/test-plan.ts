import type { AudioRendition, CaptionPlan, Plan, Rung } from '../../encoder/plan/plan.ts'
import { parseRational, type Rational, rational } from '../../encoder/rational.ts'

export interface TestPlan {
  readonly seconds: number
  /** `25`, `30000/1001`; null: no video. */
  readonly frame_rate?: string | null
  readonly segment_frames?: number
  /** In seconds, for sound alone. */
  readonly segment_s?: Rational
  readonly rungs?: readonly (Partial<Rung> & Pick<Rung, 'id' | 'width' | 'height'>)[]
  readonly audio?: readonly (Partial<AudioRendition> & Pick<AudioRendition, 'id'>)[]
  readonly captions?: readonly (Partial<CaptionPlan> & Pick<CaptionPlan, 'id'>)[]
}

/** A plan as small as a test needs it, the rest filled in as the planner would. */
export function testPlan({ seconds, frame_rate = '25', segment_frames = 48, segment_s, rungs = [], audio = [], captions = [] }: TestPlan): Plan {
  const rate = frame_rate === null ? null : (parseRational(frame_rate) ?? rational(25))
  const timescale = rate === null ? 1 : rate.den === 1 ? 90_000 : rate.num
  const frame_ticks = rate === null ? 0 : (timescale * rate.den) / rate.num
  const frames = rate === null ? 0 : Math.round((seconds * rate.num) / rate.den)
  const segments = Math.ceil(frames / segment_frames)
  return {
    recipe: 1,
    profile: 'default',
    profile_hash: '0'.repeat(64),
    duration_s: seconds,
    video:
      rate === null
        ? null
        : {
            stream_index: 0,
            origin_pts: 0,
            time_base: rational(1, timescale),
            remux: false,
            late_s: null,
            seek: 'near',
            grid: { frame_rate: rate, segment_frames, timescale, frame_ticks, frames },
            width: 320,
            height: 180,
            deinterlace: null,
            source_rate: null,
            hold_frames: 0,
            common_filters: [],
            max_damaged: 0,
            rungs: rungs.map((rung) => ({
              codec: 'h264', range: 'sdr', pixel_format: 'yuv420p', filters: [], preset: 'ultrafast', tune: null, crf: 30, maxrate_kbps: 2000, bufsize_kbps: 3000, threads: 1, codec_params: [], ...rung,
            })),
            chunks: [{ index: 0, first_frame: 0, end_frame: null, first_segment: 0, segments, seek_pts: [] }],
          },
    audio:
      audio.length === 0
        ? null
        : {
            segment_s: segment_s ?? rational(segment_frames * frame_ticks, timescale),
            origin: rational(0),
            end_s: seconds,
            max_damaged: 0,
            renditions: audio.map((rendition, index) => ({
              stream_indexes: [index + 1], pad_s: [0], filters: [], channels: 2, bitrate_kbps: 64, sample_rate: 48_000, loudness: null, language: 'und', label: rendition.id, default: index === 0, role: index === 0 ? 'main' : 'alternate', ...rendition,
            })),
          },
    captions: captions.map((caption) => ({ from: { file: 'captions.srt' }, language: 'und', label: caption.id, default: false, forced: false, hearing_impaired: false, ...caption })),
    pictures: null,
    notes: [],
    considered: [],
  }
}
