/** A segment's size and length. */
export interface Measured {
  readonly bytes: number
  readonly seconds: number
}

/**
 * Bit/s as RFC 8216bis 4.4.6.2 defines BANDWIDTH: the highest rate of any run of segments that lasts from half to one and
 * a half target durations. So a last segment of one frame says nothing by itself.
 */
export function peakBandwidth(segments: readonly Measured[], targetDuration: number): number {
  let peak = 0
  for (let first = 0; first < segments.length; first++) {
    let bytes = 0
    let seconds = 0
    for (let last = first; last < segments.length; last++) {
      bytes += segments[last]?.bytes ?? 0
      seconds += segments[last]?.seconds ?? 0
      if (seconds > targetDuration * 1.5) break
      if (seconds >= targetDuration * 0.5) peak = Math.max(peak, bytes / seconds)
    }
  }
  return peak === 0 ? averageBandwidth(segments) : Math.ceil(peak * 8)
}

export function averageBandwidth(segments: readonly Measured[]): number {
  const seconds = segments.reduce((sum, segment) => sum + segment.seconds, 0)
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0)
  return seconds === 0 ? 0 : Math.ceil((bytes * 8) / seconds)
}
