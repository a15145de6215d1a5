import type { Rational } from '../rational.ts'

/** What a source is, as ffprobe and one pass over its packets found it. Seconds count from the start of the video, or of the audio where there is none. */
export interface Facts {
  readonly container: ContainerFacts
  /** The track that is encoded: the first that is no attached picture, or the one marked default. */
  readonly video: VideoFacts | null
  /** In the order of the file. */
  readonly audio: readonly AudioFacts[]
  readonly subtitles: readonly SubtitleFacts[]
  /** Streams that are not encoded: attached pictures, further video, timecode, data, attachments. */
  readonly others: readonly OtherStreamFacts[]
  /**
   * Second of the file at which a sound or picture begins that the first look did not find: transport and program streams
   * tell of some only when they begin. The source is remuxed first, so that every ffmpeg finds the same. Null: none.
   */
  readonly late_s: number | null
  /** Real duration in seconds: from the first to the end of the last packet of what is encoded. */
  readonly duration_s: number
}

export interface ContainerFacts {
  /** ffprobe's `format_name`: `mov,mp4,m4a,3gp,3g2,mj2`, `matroska,webm`, `mpegts`, … */
  readonly format: string
  readonly size_bytes: number
  /** Duration as the header claims it, seconds; null where it claims none. */
  readonly duration_s: number | null
  /** Start time as ffprobe gives it, seconds. */
  readonly start_s: number
}

export interface VideoFacts {
  /** Index of the stream in the file. */
  readonly index: number
  readonly codec: string
  readonly profile: string | null
  readonly pixel_format: string
  readonly bit_depth: number
  readonly alpha: boolean
  /** Stored size in pixels, before rotation and aspect. */
  readonly width: number
  readonly height: number
  /** Some pictures have another size: a broadcast that goes from SD to HD. */
  readonly size_changes: boolean
  readonly sample_aspect: Rational
  /** Degrees clockwise that a player turns the picture; ffmpeg does it by itself (autorotate). */
  readonly rotation: 0 | 90 | 180 | 270
  readonly mirrored: boolean
  /** Size in square pixels as a viewer sees it: aspect and rotation applied, rounded to whole pixels. */
  readonly display_width: number
  readonly display_height: number
  readonly frame_rate: FrameRateFacts
  /** `mixed`: some pictures are interlaced, others not. */
  readonly field_order: 'progressive' | 'top_first' | 'bottom_first' | 'mixed'
  readonly colour: ColourFacts
  readonly dolby_vision: { readonly profile: number; readonly compatibility: number } | null
  /** Pictures are shown for longer than their time by repeated fields (soft telecine): the average is the rate of the pictures. */
  readonly repeated_fields: boolean
  /** CEA-608/708 in the pictures. */
  readonly closed_captions: boolean
  readonly time_base: Rational
  /** First presentation time, in ticks of `time_base`; may be negative. */
  readonly start_pts: number
  /**
   * What sound counts from, in the same ticks: `start_pts`, but for containers that tell no times of presentation (AVI,
   * GXF). There decoders give the first picture the time of a later packet, while sound is in time with the first.
   */
  readonly zero_pts: number
  /** Number of packets with a picture. */
  readonly packets: number
  /** Those before the first key packet, which nothing can decode: a recording cut out of a broadcast begins so. They are no damage. */
  readonly lead_packets: number
  /** From the first picture to the end of the last, seconds. */
  readonly duration_s: number
  /** Presentation times of the key packets, ascending, in ticks; thinned to one in half a second, so that an intra-only source has few. */
  readonly key_pts: readonly number[]
  /** Places where timestamps jump, repeat or go back so that a seek cannot be trusted: the source is remuxed first. */
  readonly jumps: readonly { readonly at_s: number; readonly by_s: number }[]
}

export interface FrameRateFacts {
  readonly kind: 'constant' | 'variable'
  /** Pictures over duration. */
  readonly average: Rational
  /** Rate at which the quickest tenth of the pictures follow one another: of a screen recording that mostly stands still, the rate of its motion. */
  readonly burst: Rational
  /** What the container or the codec claims (`r_frame_rate`), else the average. */
  readonly nominal: Rational
}

export interface ColourFacts {
  /** ffprobe's names; null where the file does not say. */
  readonly primaries: string | null
  readonly transfer: string | null
  readonly matrix: string | null
  readonly range: 'limited' | 'full' | null
  readonly hdr: 'sdr' | 'pq' | 'hlg'
  /** MaxCLL in cd/m², for tone mapping; null where not given. */
  readonly max_content_light: number | null
  /** MaxFALL in cd/m²; null where not given. */
  readonly max_average_light: number | null
  /** Luminance of the mastering display, cd/m²; null where not given. */
  readonly mastering_peak: number | null
  /** The mastering display in x265's syntax, `G(13250,34500)B(…)R(…)WP(…)L(…)`; null where not given whole. */
  readonly mastering_display: string | null
}

export interface AudioFacts {
  readonly index: number
  readonly codec: string
  readonly profile: string | null
  readonly channels: number
  /** ffmpeg's name: `stereo`, `5.1(side)`; null where the file does not say. */
  readonly layout: string | null
  readonly sample_rate: number
  /** BCP 47 or ISO 639-2 as the file says; null for none or `und`. */
  readonly language: string | null
  readonly title: string | null
  readonly default: boolean
  readonly commentary: boolean
  /** For the hard of hearing or with audio description, as dispositions say. */
  readonly described: boolean
  readonly time_base: Rational
  /** First presentation time, in ticks of `time_base`. */
  readonly start_pts: number
  /** The same relative to the video's (negative: earlier), seconds. */
  readonly start_s: number
  readonly duration_s: number
  readonly packets: number
}

export interface SubtitleFacts {
  readonly index: number
  readonly codec: string
  readonly kind: 'text' | 'picture'
  readonly language: string | null
  readonly title: string | null
  readonly default: boolean
  readonly forced: boolean
  readonly hearing_impaired: boolean
}

export interface OtherStreamFacts {
  readonly index: number
  readonly type: string
  readonly codec: string | null
  /** In words: `attached picture`, `timecode track`, `second video track`. */
  readonly what: string
}

/** Judgement of a source before anything is encoded; a refusal is thrown as a JobError. */
export interface Verdict {
  /** What will be changed or left out, in sentences: `rotated by 90°`, `the picture subtitles in German are left out`. */
  readonly notes: readonly string[]
}
