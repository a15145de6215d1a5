import type { Rational } from '../rational.ts'

/**
 * All that will be made of a source, decided before anything is: pure data, kept with the job, so that a restart goes
 * on by the same plan whatever the configuration says by then.
 */
export interface Plan {
  /** Version of the recipe. Chunks of different recipes are never joined. */
  readonly recipe: number
  readonly profile: string
  /** SHA-256 of the profile's settings and the recipe; with the source's it tells whether the same was published before. */
  readonly profile_hash: string
  readonly duration_s: number
  readonly video: VideoPlan | null
  readonly audio: AudioPlan | null
  readonly captions: readonly CaptionPlan[]
  readonly pictures: PicturesPlan | null
  /** What will be changed or left out, in sentences, the verdict's notes first. */
  readonly notes: readonly string[]
  /** Each rung of the profile and why it is or is not made. */
  readonly considered: readonly { readonly rung: string; readonly made: boolean; readonly why: string }[]
}

/** The constant grid of frames on which everything stands: docs/decisions and CHUNKS.md's recipe. */
export interface Grid {
  readonly frame_rate: Rational
  /** Frames in a segment, which is one closed GOP. */
  readonly segment_frames: number
  /** Time scale of the video tracks; a frame is a whole number of its ticks. */
  readonly timescale: number
  readonly frame_ticks: number
  /** Frames that are expected, from facts; the last chunk's count decides. */
  readonly frames: number
}

export interface VideoPlan {
  readonly stream_index: number
  /** First presentation time of the source's video, in ticks of `time_base`: frame 0 of the grid. */
  readonly origin_pts: number
  readonly time_base: Rational
  /** Whether all this is about a copy of the source in Matroska (needsRemux), and not the source itself. */
  readonly remux: boolean
  /** For that copy: Facts.late_s of the source. */
  readonly late_s: number | null
  /** How far before a key frame the seek must aim: `near` key + 0.14 s (MP4, Matroska), `early` key - 1 s (TS, PS, FLV, AVI). */
  readonly seek: 'near' | 'early'
  readonly grid: Grid
  /** Size of the first decoded picture, turned as it is shown: pictures of any other size are brought to it before all else. */
  readonly width: number
  readonly height: number
  /** Which pictures `bwdif` works on. `flagged`: those marked interlaced; `guard`: the same, but none was seen; null: none can be. */
  readonly deinterlace: 'all' | 'flagged' | 'guard' | null
  /** Rate on which the pictures of a quicker source are put first, so that of two the same one is always taken; null elsewhere. */
  readonly source_rate: Rational | null
  /** Frames at the end, of those of the grid, for which the last picture stands: the sound goes on for so long. */
  readonly hold_frames: number
  /** Filters between `fps`/`trim` and the split, in ffmpeg's syntax: colour to BT.709 SDR etc. where all rungs need it. */
  readonly common_filters: readonly string[]
  /** Pictures that may fail to decode, those before the first key packet included; with more the source is refused. */
  readonly max_damaged: number
  readonly rungs: readonly Rung[]
  readonly chunks: readonly Chunk[]
}

export interface Rung {
  /** `v1080`, `v720`, …: names the rendition in keys, jobs and playlists. */
  readonly id: string
  readonly width: number
  readonly height: number
  readonly codec: 'h264' | 'hevc'
  /** Range of the picture: HDR is kept only where the profile says so. */
  readonly range: 'sdr' | 'pq' | 'hlg'
  readonly pixel_format: string
  /** Filters of this rung alone, after the split and before scaling (tone mapping). */
  readonly filters: readonly string[]
  readonly preset: string
  readonly tune: string | null
  readonly crf: number
  /** Kbit/s. */
  readonly maxrate_kbps: number
  readonly bufsize_kbps: number
  /** From 1 to 8. */
  readonly threads: number
  /** Further parameters of the encoder's own (`-x265-params`), `name=value`: what HDR10 needs. */
  readonly codec_params: readonly string[]
}

/** A whole number of segments: the unit of resumption and early publishing. */
export interface Chunk {
  readonly index: number
  /** First frame, on the grid; and the one after the last, null in the last chunk. */
  readonly first_frame: number
  readonly end_frame: number | null
  /** Number of the first segment. */
  readonly first_segment: number
  /** Planned; the last chunk's may differ by one with the real number of frames. */
  readonly segments: number
  /** Key packets to seek to when an ffmpeg starts here, in ticks, the nearest first; empty: from the start of the file. */
  readonly seek_pts: readonly number[]
}

export interface AudioPlan {
  /** Exact length of a segment in seconds, as a fraction; the video's where there is one. */
  readonly segment_s: Rational
  /** Source time that is zero, seconds as a fraction: the video's first frame, or the first sample. */
  readonly origin: Rational
  /** When all sound ends, seconds: shorter sound is a fault of the source. */
  readonly end_s: number
  /** Packets that may fail to decode, over all tracks; with more the source is refused. */
  readonly max_damaged: number
  readonly renditions: readonly AudioRendition[]
}

export interface AudioRendition {
  /** `a0`, `a1`, … */
  readonly id: string
  /** Source streams that go into it: one, or several mono tracks that are joined. */
  readonly stream_indexes: readonly number[]
  /** Silence after each of those streams, seconds: all end together, and not before the pictures. */
  readonly pad_s: readonly number[]
  /** Filters before resampling, in ffmpeg's syntax: `pan=…` for a proper downmix; empty for none. */
  readonly filters: readonly string[]
  readonly channels: 1 | 2 | 6
  readonly bitrate_kbps: number
  readonly sample_rate: 48000
  /** Target loudness in LUFS and true-peak ceiling in dBTP; null: as it is. */
  readonly loudness: { readonly target_lufs: number; readonly peak_dbtp: number } | null
  /** BCP 47; `und` where unknown. */
  readonly language: string
  /** Shown in players: `English`, `Deutsch (Kommentar)`. */
  readonly label: string
  readonly default: boolean
  /** DASH role; `main`, `alternate`, `commentary`, `description`. */
  readonly role: string
}

export interface CaptionPlan {
  /** `c0`, `c1`, … */
  readonly id: string
  /** A stream of the source, or a file beside it. */
  readonly from: { readonly stream_index: number } | { readonly file: string }
  readonly language: string
  readonly label: string
  readonly default: boolean
  readonly forced: boolean
  readonly hearing_impaired: boolean
}

export interface PicturesPlan {
  /** Null: no poster. */
  readonly poster_at_s: number | null
  /** Tiles of the sprite; null where the video is too short for one. */
  readonly storyboard: { readonly interval_s: number; readonly tile_width: number; readonly tile_height: number; readonly columns: number } | null
}
