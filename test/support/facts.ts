import type { AudioFacts, ColourFacts, Facts, SubtitleFacts, VideoFacts } from '../../encoder/probe/facts.ts'
import { rational, type Rational } from '../../encoder/rational.ts'

const COLOUR: ColourFacts = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', range: 'limited', hdr: 'sdr', max_content_light: null, max_average_light: null, mastering_peak: null, mastering_display: null }

export interface VideoWish extends Omit<Partial<VideoFacts>, 'colour' | 'frame_rate'> {
  readonly rate?: Rational
  readonly seconds?: number
  /** Seconds between key frames. */
  readonly key_s?: number
  readonly colour?: Partial<ColourFacts>
  readonly frame_rate?: VideoFacts['frame_rate']
}

/** A video as small as a test needs it: 1080p at 25, two minutes, a key frame each 2 s, a clock of 1/90000; the rest as such files have it. */
export function testVideo({ rate = rational(25), seconds = 120, key_s = 2, colour = {}, ...wish }: VideoWish = {}): VideoFacts {
  const { width = 1920, height = 1080, start_pts = 0 } = wish
  return {
    index: 0, codec: 'h264', profile: 'High', pixel_format: 'yuv420p', bit_depth: 8, alpha: false, width, height, size_changes: false, sample_aspect: rational(1), rotation: 0, mirrored: false,
    display_width: width, display_height: height, frame_rate: { kind: 'constant', average: rate, burst: rate, nominal: rate }, field_order: 'progressive',
    colour: { ...COLOUR, ...colour }, dolby_vision: null, repeated_fields: false, closed_captions: false, time_base: rational(1, 90_000), start_pts, zero_pts: start_pts,
    packets: Math.round((seconds * rate.num) / rate.den), lead_packets: 0, duration_s: seconds,
    key_pts: Array.from({ length: Math.ceil(seconds / key_s) }, (_, index) => start_pts + Math.round(index * key_s * 90_000)), jumps: [], ...wish,
  }
}

export function testAudio(wish: Partial<AudioFacts> = {}): AudioFacts {
  return {
    index: 1, codec: 'aac', profile: 'LC', channels: 2, layout: 'stereo', sample_rate: 48_000, language: null, title: null, default: false, commentary: false, described: false,
    time_base: rational(1, 48_000), start_pts: 0, start_s: 0, duration_s: 120, packets: 5625, ...wish,
  }
}

export function testSubtitle(wish: Partial<SubtitleFacts> = {}): SubtitleFacts {
  return { index: 2, codec: 'subrip', kind: 'text', language: null, title: null, default: false, forced: false, hearing_impaired: false, ...wish }
}

export function testFacts(wish: Partial<Facts> & { readonly format?: string } = {}): Facts {
  const { format = 'mov,mp4,m4a,3gp,3g2,mj2', video = testVideo(), audio = [testAudio()], ...rest } = wish
  const duration_s = Math.max(video?.duration_s ?? 0, ...audio.map((track) => track.duration_s))
  return { container: { format, size_bytes: 1_000_000, duration_s, start_s: 0 }, video, audio, subtitles: [], others: [], late_s: null, duration_s, ...rest }
}
