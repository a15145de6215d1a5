/** A ladder and its settings, complete: built in, or from `[profiles.<name>]`, which overrides fields of the one it is `based_on`. */
export interface Profile {
  readonly name: string
  /** From the highest to the lowest; empty for audio only. */
  readonly rungs: readonly ProfileRung[]
  readonly preset: string
  readonly tune: string | null
  /** Frame rates above this are halved (120 → 60); 60 by default. */
  readonly max_frame_rate: number
  /** About this long, in seconds; snapped to whole frames. */
  readonly segment_s: number
  /** Length of a chunk in seconds, about; whole segments. */
  readonly chunk_s: number
  readonly audio: ProfileAudio
  readonly poster: boolean
  readonly storyboard: boolean
  readonly publish_early: boolean
  readonly limits: ProfileLimits
}

export interface ProfileRung {
  readonly id: string
  /** Length of the picture's short side, pixels. */
  readonly short_side: number
  readonly codec: 'h264' | 'hevc'
  readonly crf: number
  readonly maxrate_kbps: number
  /** Keep HDR where the source has it; else tone-mapped to SDR. */
  readonly keep_hdr: boolean
}

export interface ProfileAudio {
  readonly bitrate_kbps: number
  /** EBU R128 target; null leaves the loudness as it is. */
  readonly loudness_lufs: number | null
  readonly peak_dbtp: number
}

/** Beyond these a source is refused before anything is decoded. */
export interface ProfileLimits {
  readonly max_short_side: number
  readonly max_pixels: number
  readonly max_duration_s: number
  readonly max_frames: number
  /** Share of the frames, in per cent, that may fail to decode. */
  readonly max_damaged_percent: number
}
