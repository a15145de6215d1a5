import { JobError, jobErrors } from '../job-errors.ts'
import type { ProfileLimits } from '../plan/profile.ts'

const ADVICE = 'Raise max_short_side or max_duration of the profile in encoder.toml if such sources are wanted.'

export function checkPixels(width: number, height: number, { max_short_side, max_pixels }: ProfileLimits): void {
  if (Math.min(width, height) <= max_short_side && width * height <= max_pixels) return
  throw new JobError(jobErrors.tooLarge, `its pictures have ${width}×${height} pixels; the profile takes a short side of at most ${max_short_side} and ${max_pixels} pixels in all`, ADVICE, { width, height })
}

export function checkDuration(duration_s: number, { max_duration_s }: ProfileLimits): void {
  if (duration_s <= max_duration_s) return
  throw new JobError(jobErrors.tooLarge, `it lasts ${hours(duration_s)}; the profile takes at most ${hours(max_duration_s)}`, ADVICE, { duration_s })
}

export function checkFrames(frames: number, { max_frames }: ProfileLimits): void {
  if (frames <= max_frames) return
  throw new JobError(jobErrors.tooLarge, `it has more than ${max_frames} pictures in one track; the profile takes no more`, ADVICE, { frames })
}

function hours(seconds: number): string {
  return seconds < 7200 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 360) / 10} hours`
}
