import type { MadeFile } from '../encode/records.ts'
import type { CaptionPlan } from '../plan/plan.ts'

/** A caption track as clean WebVTT, its times counted from the start of the asset. */
export interface MadeCaptions {
  readonly plan: CaptionPlan
  readonly file: MadeFile
  readonly cues: number
}

export interface MadePictures {
  readonly poster: MadeFile | null
  readonly storyboard: MadeStoryboard | null
}

export interface MadeStoryboard {
  readonly sprite: MadeFile
  /** Names the tiles of the sprite, which lies beside it in the store. */
  readonly vtt: MadeFile
  readonly columns: number
  readonly tiles: number
}
