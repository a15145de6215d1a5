/** What `asset.json` says of a version, apart from what only the ledger knows (state, version, previous versions). Keys as in DESIGN.md; paths are relative to the asset's folder. */
export interface AssetDescription {
  readonly asset: string
  readonly duration_s: number
  readonly source: { readonly name: string; readonly size: number; readonly sha256: string }
  readonly video: readonly VideoDescription[]
  readonly audio: readonly AudioDescription[]
  readonly captions: readonly CaptionDescription[]
  readonly poster: string | null
  /** The WebVTT file that names the tiles of the sprite. */
  readonly storyboard: string | null
}

export interface VideoDescription {
  readonly id: string
  readonly width: number
  readonly height: number
  /** Decimal, as in FRAME-RATE: `29.97`. */
  readonly frame_rate: number
  readonly codecs: string
  /** Bit/s, measured: the highest segment, and all of them. */
  readonly bandwidth: number
  readonly average_bandwidth: number
  readonly playlist: string
}

export interface AudioDescription {
  readonly id: string
  readonly language: string
  readonly label: string
  readonly channels: number
  readonly codecs: string
  readonly bandwidth: number
  readonly average_bandwidth: number
  readonly default: boolean
  readonly playlist: string
}

export interface CaptionDescription {
  readonly id: string
  readonly language: string
  readonly label: string
  readonly forced: boolean
  readonly file: string
  readonly playlist: string
}

/** `asset.json` as it stands in the store. */
export interface AssetDocument extends AssetDescription {
  readonly state: 'encoding' | 'ready'
  readonly version: string
  /** Versions that can be gone back to, the newest first. */
  readonly previous_versions: readonly string[]
}
