import { parseRational, rational, toNumber, type Rational } from '../rational.ts'
import type { FrameRateFacts } from './facts.ts'
import type { RawStream } from './headers.ts'
import type { Track } from './track.ts'

/** A source counts as constant with no more than this share of its intervals odd, or two: a few lost pictures make no variable rate. */
const ODD = 0.02
const ODD_LEAST = 2
/** With fewer ticks to a picture than this, one tick is no rounding. */
const COARSE = 8

/** The rate as the packets show it; what the container claims is only believed where it fits. */
export function rateFacts(stream: RawStream, track: Track, duration_s: number): FrameRateFacts {
  const claimed = plausible(parseRational(stream.r_frame_rate)) ?? plausible(parseRational(stream.avg_frame_rate))
  const { intervals, timeBase } = track
  const median = intervals.quantile(0.5)
  if (median === undefined) {
    const only = duration_s > 0 ? (claimed ?? approximate(1 / duration_s)) : (claimed ?? rational(25))
    return { kind: 'constant', average: only, burst: only, nominal: only }
  }
  // A clock of milliseconds shows 33 and 34 for 29.97: one tick more or less is the same interval. 4 and 5 are 240 only where the file says so.
  const tick = median < COARSE && !isAbout(claimed, intervals, timeBase) ? 0 : 1
  const near = intervals.sorted().filter(([ticks]) => Math.abs(ticks - median) <= Math.max(tick, median * 0.05))
  const alike = near.reduce((sum, [, times]) => sum + times, 0)
  const odd = intervals.count - alike
  const constant = odd <= Math.max(ODD * intervals.count, Math.min(ODD_LEAST, intervals.count / 4))
  const counted = constant ? near : intervals.sorted()
  const ticks = counted.reduce((sum, [length, times]) => sum + length * times, 0)
  const pictures = counted.reduce((sum, [, times]) => sum + times, 0)
  const measured = reduce(pictures * timeBase.den, ticks * timeBase.num)
  // The claim is exact where the clock is not: it is taken when it lies within what the clock's steps leave open.
  const average = claimed !== undefined && Math.abs(toNumber(claimed) / toNumber(measured) - 1) <= 1 / ticks + 0.0002 ? claimed : measured
  const quick = intervals.quantile(0.1) ?? median
  const burst = constant ? average : reduce(timeBase.den, Math.max(1, quick) * timeBase.num)
  return { kind: constant ? 'constant' : 'variable', average, burst, nominal: claimed ?? average }
}

function isAbout(claimed: Rational | undefined, intervals: Track['intervals'], timeBase: Rational): boolean {
  const ticks = intervals.sorted().reduce((sum, [length, times]) => sum + length * times, 0)
  return claimed !== undefined && Math.abs((toNumber(claimed) * ticks * toNumber(timeBase)) / intervals.count - 1) < 0.01
}

/** Where nothing better is known, ffmpeg gives the time base as the rate. */
function plausible(rate: Rational | undefined): Rational | undefined {
  return rate !== undefined && rate.num > 0 && toNumber(rate) <= 1000 ? rate : undefined
}

function approximate(rate: number): Rational {
  return reduce(Math.max(1, Math.round(rate * 1000)), 1000)
}

function reduce(num: number, den: number): Rational {
  const divide = (a: number, b: number): number => (b === 0 ? a : divide(b, a % b))
  const by = divide(num, den)
  return rational(num / by, den / by)
}
