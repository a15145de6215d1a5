import type { VideoFacts } from '../probe/facts.ts'
import type { VideoPlan } from './plan.ts'

/** Pictures marked as interlaced in part (telecined, cut together): only those; whole ones would lose sharpness for nothing. */
export function chooseDeinterlace({ field_order }: Pick<VideoFacts, 'field_order'>): VideoPlan['deinterlace'] {
  if (field_order === 'progressive') return null
  return field_order === 'mixed' ? 'flagged' : 'all'
}
