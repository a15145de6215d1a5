import type { VideoFacts } from '../probe/facts.ts'
import type { VideoPlan } from './plan.ts'

/** Codecs whose pictures say of themselves that they are interlaced, and may change from one scene to the next. */
const CHANGING = new Set(['h264', 'mpeg2video', 'vc1', 'mpeg4'])
/** The deinterlacer takes no narrower pictures. */
const LEAST = 16

/**
 * Pictures marked as interlaced in part (telecined, cut together): only those; whole ones would lose sharpness for nothing.
 * So too where every picture looked at was whole: only a few are looked at, and unmarked ones pass through untouched.
 */
export function chooseDeinterlace({ field_order, codec, width, height }: Pick<VideoFacts, 'field_order' | 'codec' | 'width' | 'height'>): VideoPlan['deinterlace'] {
  if (Math.min(width, height) < LEAST) return null
  if (field_order === 'progressive') return CHANGING.has(codec) ? 'guard' : null
  return field_order === 'mixed' ? 'flagged' : 'all'
}

/** What people are told of it, without the verb; null where nothing of the pictures changes (a `guard` waits for what may never come). */
export function deinterlacedPictures(choice: VideoPlan['deinterlace']): string | null {
  if (choice === null || choice === 'guard') return null
  return choice === 'all' ? 'all pictures' : 'those marked as interlaced'
}
