import type { MadeInit, MadeSegment } from '../../encode/records.ts'
import { quoted, tag } from './attributes.ts'

/** `whole`: complete from the start on. `open`: more will be added. `closed`: one that grew, at its end. */
export type PlaylistState = 'whole' | 'open' | 'closed'

export interface MediaPlaylist {
  readonly state: PlaylistState
  readonly target_duration: number
  readonly init: MadeInit
  readonly segments: readonly MadeSegment[]
  /** How the files are named in this playlist. */
  readonly urlOf: { readonly init: (init: MadeInit) => string; readonly segment: (segment: MadeSegment) => string }
}

/** Version 7: EXT-X-MAP in a playlist of whole segments needs 6, and players take 7 for fMP4. */
export const HLS_VERSION = 7

export function mediaPlaylist({ state, target_duration, init, segments, urlOf }: MediaPlaylist): string {
  return lines([
    ...header(target_duration, state === 'whole' ? 'VOD' : 'EVENT'),
    '#EXT-X-INDEPENDENT-SEGMENTS',
    // Without it players begin a growing playlist near its end, as if it were live.
    ...(state === 'whole' ? [] : [tag('EXT-X-START', { 'TIME-OFFSET': 0 })]),
    tag('EXT-X-MAP', { URI: quoted(urlOf.init(init)) }),
    ...segments.flatMap((segment) => [extinf(segment), urlOf.segment(segment)]),
    ...(state === 'open' ? [] : ['#EXT-X-ENDLIST']),
  ])
}

/** Each segment's key frame by byte range, for fast forward and previews. */
export function iframesPlaylist({ target_duration, init, segments, urlOf }: Omit<MediaPlaylist, 'state'>): string {
  return lines([
    ...header(target_duration, 'VOD'),
    '#EXT-X-I-FRAMES-ONLY',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    tag('EXT-X-MAP', { URI: quoted(urlOf.init(init)) }),
    ...segments.flatMap((segment) => {
      const range = segment.key_range
      return range === null ? [] : [extinf(segment), `#EXT-X-BYTERANGE:${range.length}@${range.offset}`, urlOf.segment(segment)]
    }),
    '#EXT-X-ENDLIST',
  ])
}

/** WebVTT without X-TIMESTAMP-MAP: cue time 0 is media time 0, and our media starts there. */
export function captionsPlaylist(duration_s: number, url: string): string {
  return lines([...header(Math.max(1, Math.ceil(duration_s)), 'VOD'), `#EXTINF:${decimal(micros(duration_s))},`, url, '#EXT-X-ENDLIST'])
}

export function header(target_duration: number, type: 'VOD' | 'EVENT'): string[] {
  return ['#EXTM3U', `#EXT-X-VERSION:${HLS_VERSION}`, `#EXT-X-TARGETDURATION:${target_duration}`, '#EXT-X-MEDIA-SEQUENCE:0', `#EXT-X-PLAYLIST-TYPE:${type}`]
}

/** The difference of rounded boundaries, so that rounding never adds up over a playlist. */
function extinf({ start_ticks, duration_ticks, timescale }: MadeSegment): string {
  return `#EXTINF:${decimal(micros((start_ticks + duration_ticks) / timescale) - micros(start_ticks / timescale))},`
}

function micros(seconds: number): number {
  return Math.round(seconds * 1e6)
}

function decimal(micros: number): string {
  return (micros / 1e6).toFixed(6).replace(/\.?0+$/, '')
}

export function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`
}
