import type { MadeSegment } from '../../encode/records.ts'
import type { Track } from '../tracks.ts'
import { element } from './xml.ts'

export interface SegmentUrls {
  readonly init: (init: Track<unknown>['init']) => string
  readonly segment: (segment: MadeSegment) => string
}

/** Names that hold a hash cannot be templated, so each segment is listed, with its exact time: docs/decisions. */
export function segmentList({ init, segments }: Pick<Track<unknown>, 'init' | 'segments'>, urls: SegmentUrls): string {
  return element('SegmentList', { timescale: init.timescale }, [
    element('Initialization', { sourceURL: urls.init(init) }),
    element('SegmentTimeline', {}, timeline(segments)),
    ...segments.map((segment) => element('SegmentURL', { media: urls.segment(segment) })),
  ])
}

/** Runs of equal lengths as one line: `r` says how often it is repeated. */
function timeline(segments: readonly MadeSegment[]): string[] {
  const runs: { readonly t: number; readonly d: number; r: number }[] = []
  for (const { start_ticks, duration_ticks } of segments) {
    const run = runs.at(-1)
    if (run?.d === duration_ticks) run.r++
    else runs.push({ t: start_ticks, d: duration_ticks, r: 0 })
  }
  return runs.map(({ t, d, r }, index) => element('S', { t: index === 0 ? t : undefined, d, r: r === 0 ? undefined : r }))
}
