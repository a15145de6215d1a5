import type { MadeSegment } from '../../encode/records.ts'
import type { Track } from '../tracks.ts'
import { element } from './xml.ts'

export interface SegmentUrls {
  readonly init: (init: Track<unknown>['init']) => string
  readonly segment: (segment: MadeSegment) => string
}

/** Names that hold a hash cannot be templated, so each segment is listed, with its exact time: docs/decisions/0005. */
export function segmentList({ init, segments }: Pick<Track<unknown>, 'init' | 'segments'>, urls: SegmentUrls): string {
  return element('SegmentList', { timescale: init.timescale }, [
    element('Initialization', { sourceURL: urls.init(init) }),
    element('SegmentTimeline', {}, timeline(segments)),
    ...segments.map((segment) => element('SegmentURL', { media: urls.segment(segment) })),
  ])
}

/** One `S` for each segment and no repeats: dash.js 5.2 takes the n-th URL of a list for the n-th `S`, repeats not counted. */
function timeline(segments: readonly MadeSegment[]): string[] {
  return segments.map(({ start_ticks, duration_ticks }) => element('S', { t: start_ticks, d: duration_ticks }))
}
