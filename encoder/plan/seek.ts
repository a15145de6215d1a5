import { toNumber, type Rational } from '../rational.ts'
import type { VideoFacts } from '../probe/facts.ts'

/** Containers in which a seek lands on the key frame it aims at (CHUNKS.md); in all others it must aim well before. */
const EXACT = new Set(['mov', 'mp4', 'matroska', 'webm'])

export function seekClass(format: string): 'near' | 'early' {
  return format.split(',').some((name) => EXACT.has(name)) ? 'near' : 'early'
}

/** A key frame must lie this far before the first frame that is wanted: the deinterlacer gets its neighbour, and pictures of an open GOP what they refer to. */
export const LEAD_S = 0.5

/**
 * Key packets to begin decoding at so that frame `frame` of the grid comes out right, in ticks: the nearest first, then ones
 * that lie twice as many key packets back each time. Streams with intra refresh need one of those.
 */
export function seekPoints(video: Pick<VideoFacts, 'key_pts' | 'start_pts' | 'time_base'>, frame: number, frame_rate: Rational): number[] {
  if (frame === 0) return []
  const latest = video.start_pts + ((frame * frame_rate.den) / frame_rate.num - LEAD_S) / toNumber(video.time_base)
  const last = lastAtMost(video.key_pts, latest)
  return [0, 1, 3, 7].map((back) => video.key_pts[last - back]).filter((pts) => pts !== undefined && pts > video.start_pts) as number[]
}

/** Index of the last number that is not above the limit, in ascending ones; -1 where there is none. */
export function lastAtMost(ascending: readonly number[], limit: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? Infinity) <= limit) low = middle + 1
    else high = middle
  }
  return low - 1
}
