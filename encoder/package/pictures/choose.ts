import type { MadeSegment } from '../../encode/records.ts'
import type { PicturesPlan, Rung } from '../../plan/plan.ts'

/** One tile of a storyboard: the key frame of a segment, and the time it stands for. */
export interface Tile {
  readonly segment: MadeSegment
  readonly from_s: number
  readonly to_s: number
}

/** The rung that pictures are taken from: the smallest that need not be enlarged, SDR where there is one, so that nothing is left to convert. */
export function rungFor(rungs: readonly Rung[], shortSide: number): Rung | undefined {
  const sdr = rungs.filter(({ range }) => range === 'sdr')
  const ascending = (sdr.length > 0 ? sdr : rungs).toSorted((a, b) => a.width * a.height - b.width * b.height)
  return ascending.find(({ width, height }) => Math.min(width, height) >= shortSide) ?? ascending.at(-1)
}

/** A tile for each interval, from the segment in which it begins; intervals shorter than a segment share one. */
export function tilesOf(segments: readonly MadeSegment[], { interval_s }: Pick<NonNullable<PicturesPlan['storyboard']>, 'interval_s'>): Tile[] {
  const last = segments.at(-1)
  const end = last === undefined ? 0 : secondsOf(last).to
  const tiles: Tile[] = []
  for (let time = 0; time < end; time += interval_s) {
    const segment = segmentAt(segments, time)
    const open = tiles.at(-1)
    const to_s = Math.min(time + interval_s, end)
    if (open !== undefined && open.segment === segment) tiles.splice(-1, 1, { ...open, to_s })
    else if (segment !== undefined) tiles.push({ segment, from_s: time, to_s })
  }
  return tiles
}

/** The segment in which a time lies; the last one for what is behind the end. */
export function segmentAt(segments: readonly MadeSegment[], time: number): MadeSegment | undefined {
  return segments.find((segment) => time < secondsOf(segment).to) ?? segments.at(-1)
}

export function secondsOf({ start_ticks, duration_ticks, timescale }: MadeSegment): { readonly from: number; readonly to: number } {
  return { from: start_ticks / timescale, to: (start_ticks + duration_ticks) / timescale }
}
