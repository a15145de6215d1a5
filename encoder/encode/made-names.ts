/** Names within a rendition's folder of the work area. */
export const INIT = 'init.mp4'
/** As ffmpeg's muxer counts. */
export const SEGMENT_PATTERN = 's%05d.m4s'
/** ffmpeg's own playlist, which nobody reads. */
export const PLAYLIST = 'p.m3u8'

export function segmentName(number: number): string {
  return SEGMENT_PATTERN.replace('%05d', String(number).padStart(5, '0'))
}

/** Of an output without a packet ffmpeg 5 leaves one segment with no more than a type box in it. */
export const STYP_ALONE = 64
