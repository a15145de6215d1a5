import { formatClock } from '../captions/cue.ts'
import type { PicturesPlan } from '../../plan/plan.ts'
import type { Tile } from './choose.ts'

/** WebVTT that says for each time which part of the sprite to show, as players’ preview plug-ins read it. The sprite lies beside it. */
export function storyboardVtt(tiles: readonly Tile[], { tile_width, tile_height, columns }: NonNullable<PicturesPlan['storyboard']>, sprite: string): string {
  const blocks = tiles.map(({ from_s, to_s }, index) => {
    const x = (index % columns) * tile_width
    const y = Math.floor(index / columns) * tile_height
    return `\n${formatClock(Math.round(from_s * 1000))} --> ${formatClock(Math.round(to_s * 1000))}\n${sprite}#xywh=${x},${y},${tile_width},${tile_height}\n`
  })
  return `WEBVTT\n${blocks.join('')}`
}
