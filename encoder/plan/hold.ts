import { toNumber } from '../rational.ts'
import type { Facts, VideoFacts } from '../probe/facts.ts'
import type { Grid } from './plan.ts'

/** With sound, players need this much of both before they begin: hls.js takes shorter segments for gaps. */
const LEAST_S = 0.2

/**
 * For how many frames the last picture is to stand beyond the end of the video. Players stop at the end of what is shorter
 * (Shaka, in HLS) or let the picture stand by themselves; up to a segment that is left to them, so that no frame is there
 * twice. Beyond it, and where the video is too short to begin with, the picture stands in the asset itself.
 */
export function holdFrames(video: Pick<VideoFacts, 'duration_s'>, { audio, duration_s }: Pick<Facts, 'audio' | 'duration_s'>, { frames, segment_frames, frame_rate }: Grid): number {
  if (audio.length === 0) return 0
  const all = Math.round(duration_s * toNumber(frame_rate))
  const beyond = duration_s - video.duration_s > segment_frames / toNumber(frame_rate) ? all - frames : 0
  return Math.max(0, beyond, Math.round(LEAST_S * toNumber(frame_rate)) - frames)
}
