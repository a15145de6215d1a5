import { rational, toNumber, type Rational } from '../rational.ts'
import type { Grid } from './plan.ts'

/** The constant grid of a video: every frame, segment and chunk is counted on it. */
export function makeGrid(frame_rate: Rational, duration_s: number, segment_s: number): Grid {
  const timescale = timescaleOf(frame_rate)
  return {
    frame_rate,
    segment_frames: segmentFrames(frame_rate, segment_s),
    timescale,
    frame_ticks: (timescale * frame_rate.den) / frame_rate.num,
    frames: Math.max(1, Math.round(duration_s * toNumber(frame_rate))),
  }
}

/**
 * Frames in a segment of about this many seconds. 25 and 50 fps: multiples of 0.96 s, which are 45 whole AAC frames at
 * 48 kHz, so that audio segments end where video segments do (96 frames = 3.84 s = 180 AAC frames). Others: half seconds
 * (24 and 23.976: 96, 29.97 and 30: 120, 59.94 and 60: 240); theirs never meet AAC frames.
 */
export function segmentFrames(frame_rate: Rational, segment_s: number): number {
  const fps = toNumber(frame_rate)
  const unit = Number.isInteger(fps * 0.96) ? fps * 0.96 : Math.max(1, Math.round(fps / 2))
  return Math.max(1, Math.round((segment_s * fps) / unit)) * unit
}

/** Length of audio segments where there is no video: a whole number of AAC frames of 1024 samples at 48 kHz. */
export function audioSegment(segment_s: number): Rational {
  // In steps of 0.32 s, 15 AAC frames, it is a short fraction: 96/25 (3.84 s) for 4 s.
  return rational(8 * Math.max(1, Math.ceil(segment_s / 0.32 - 0.5)), 25)
}

/** A frame must be a whole number of ticks; 90000 is what players know best. */
function timescaleOf({ num, den }: Rational): number {
  if (den % 1001 === 0) return num
  return (90_000 * den) % num === 0 ? 90_000 : num * 1000
}
