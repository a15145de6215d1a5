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

export function damagedSound(count: number, most: number): JobError {
  return new JobError(
    jobErrors.damaged,
    `${count} packets of its sound cannot be decoded; ${most} are allowed`,
    'Copy it again or export it again. The profile’s max_damaged_percent says how much is accepted.',
    { damaged: count, allowed: most },
  )
}

export function truncatedSound(stream_indexes: readonly number[], end_s: number, planned_s: number): JobError {
  const [end, planned] = [end_s, planned_s].map((time) => Math.max(0, time).toFixed(1))
  return new JobError(
    jobErrors.truncated,
    `The sound of the audio track ${named(stream_indexes)} can be decoded up to second ${end} only, of ${planned}`,
    'The file seems to be cut off or damaged there: copy it again, whole, or export it again.',
    { at_s: Math.max(0, end_s), planned_s, stream_indexes },
  )
}

/** Tracks by the numbers that ffprobe gives them too. */
export function named(stream_indexes: readonly number[]): string {
  return stream_indexes.map((index) => `#${index}`).join(' and ')
}

function seconds(frames: number, rate: Rational): number {
  return Math.round((frames / toNumber(rate)) * 10) / 10
}
