import { JobError, jobErrors } from '../job-errors.ts'
import { type Rational, toNumber } from '../rational.ts'
import type { Grid } from '../plan/plan.ts'

/** Frames that a source may come out short of its plan: the length of its last picture is a guess, and a decoder may lose the last ones. At most a second. */
export function toleratedFrames({ frames, frame_rate }: Pick<Grid, 'frames' | 'frame_rate'>): number {
  return Math.max(3, Math.min(Math.ceil(toNumber(frame_rate)), Math.floor(frames / 10)))
}

export function damaged(count: number, most: number, firstFrame: number, rate: Rational): JobError {
  const at = seconds(firstFrame, rate)
  return new JobError(
    jobErrors.damaged,
    `From about second ${at} on the video cannot be decoded whole: ${count} frames or more are damaged, ${most} are allowed`,
    'Look at the source there; export or copy it again. The profile’s max_damaged_percent says how much is accepted.',
    { at_s: at, damaged: count, allowed: most },
  )
}

export function truncated(frames: number, grid: Grid): JobError {
  const at = seconds(frames, grid.frame_rate)
  return new JobError(
    jobErrors.truncated,
    `The video can be decoded up to second ${at} only, of ${seconds(grid.frames, grid.frame_rate)}`,
    'The file seems to be cut off: copy it again, whole.',
    { at_s: at, frames, planned: grid.frames },
  )
}

function seconds(frames: number, rate: Rational): number {
  return Math.round((frames / toNumber(rate)) * 10) / 10
}
