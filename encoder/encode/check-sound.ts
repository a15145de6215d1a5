import { JobError, jobErrors } from '../job-errors.ts'
import type { Rational } from '../rational.ts'
import type { MadeSegment } from './records.ts'

/** Samples of an AAC frame: how far a segment may begin behind the video's. */
const AAC_FRAME = 1024

/** Checks that the segments of a rendition follow one another from zero without a gap, each at its place. */
export function checkSound(rendition: string, segments: readonly MadeSegment[], segment_s: Rational): void {
  let end = 0
  for (const { number, start_ticks, duration_ticks, timescale, frames } of segments) {
    if (start_ticks !== end) throw fault(rendition, `segment ${number} starts at sample ${start_ticks} instead of ${end}`)
    end += duration_ticks
    // Exact in whole numbers: a fraction of a sample must not decide.
    const behind = start_ticks - Math.floor((number * segment_s.num * timescale) / segment_s.den)
    if (Math.abs(behind) > AAC_FRAME) throw fault(rendition, `segment ${number} starts ${behind} samples away from its place`)
    const whole = frames * AAC_FRAME
    if (duration_ticks > whole || duration_ticks <= whole - AAC_FRAME) throw fault(rendition, `segment ${number} has ${frames} AAC frames in ${duration_ticks} samples`)
  }
}

function fault(rendition: string, what: string): JobError {
  return new JobError(jobErrors.chunkInvalid, `The sound ${rendition} does not pass its checks: ${what}`, 'It is made again.', { rendition })
}
