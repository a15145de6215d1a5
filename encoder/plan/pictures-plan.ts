import type { PicturesPlan } from './plan.ts'
import type { Profile } from './profile.ts'
import { evenSize, type Size } from './size.ts'

/** A sprite of 10 × 10 tiles of 160 × 90 is 1600 × 900: every player can load it at once. */
const TILES = 100
const COLUMNS = 10
const TILE = 160
/** Nobody aims closer than this with a pointer. */
const LEAST_INTERVAL_S = 2

/**
 * The poster stands at a tenth, past black leaders and titles; the storyboard has at most a hundred tiles. `hold_s`: for
 * how long the last picture stands beyond the end of the video.
 */
export function planPictures(duration_s: number, hold_s: number, size: Size, profile: Pick<Profile, 'poster' | 'storyboard'>): PicturesPlan | null {
  if (!profile.poster && !profile.storyboard) return null
  return {
    poster_at_s: profile.poster ? Math.round(Math.min(60, duration_s / 10) * 1000) / 1000 : null,
    storyboard: profile.storyboard ? storyboard(duration_s + hold_s, size) : null,
  }
}

function storyboard(duration_s: number, { width, height }: Size): PicturesPlan['storyboard'] {
  const interval_s = Math.max(LEAST_INTERVAL_S, Math.ceil(duration_s / TILES))
  if (duration_s < 2 * interval_s) return null
  const scale = Math.min(1, TILE / Math.max(width, height))
  const tile = evenSize({ width: width * scale, height: height * scale })
  return { interval_s, tile_width: tile.width, tile_height: tile.height, columns: COLUMNS }
}
