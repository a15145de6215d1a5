/** A file that was made and is ready to be published, as it lies in the work area. */
export interface MadeFile {
  /** Absolute path. */
  readonly path: string
  readonly bytes: number
  /** Lower-case hex. */
  readonly sha256: string
}

/** One CMAF segment, measured from its boxes. */
export interface MadeSegment extends MadeFile {
  /** `v720`, `a0`, … */
  readonly rendition: string
  /** From 0, over the whole asset. */
  readonly number: number
  /** `tfdt` and length, in ticks of the track's time scale. */
  readonly start_ticks: number
  readonly duration_ticks: number
  readonly timescale: number
  /** Samples: pictures of video, AAC frames of audio. */
  readonly frames: number
  /** Bytes from the first `moof` to the end of the key frame that opens it, for I-frame playlists; null for audio. */
  readonly key_range: { readonly offset: number; readonly length: number } | null
}

/** The initialisation segment of one rendition, and what a player is told of it. */
export interface MadeInit extends MadeFile {
  readonly rendition: string
  /** RFC 6381: `avc1.64001f`, `hvc1.2.4.L150.B0`, `mp4a.40.2`. */
  readonly codecs: string
  readonly timescale: number
}

/** A chunk that has passed its checks: its segments in all rungs. */
export interface MadeChunk {
  readonly index: number
  /** Frames in each rung (all have the same number). */
  readonly frames: number
  /** Pictures of the source that could not be decoded, found while it was made; a little of it belongs to the next chunk. */
  readonly damaged: number
  readonly inits: readonly MadeInit[]
  readonly segments: readonly MadeSegment[]
}

/** How far an ffmpeg is. */
export interface EncodeProgress {
  /** Frame of the grid, counted from the start of the asset. */
  readonly frame: number
  /** Seconds of media made, from the start of the asset. */
  readonly out_time_s: number
  /** Media seconds per second of the clock; null until it is known. */
  readonly speed: number | null
}
