import type { FrameRateFacts } from '../probe/facts.ts'
import { equalRational, rational, toNumber, type Rational } from '../rational.ts'

/** Rates that players and screens know. Slow ones are made of whole multiples, so the order is also the order of preference there. */
const STANDARD: readonly Rational[] = [
  rational(25),
  rational(30),
  rational(24),
  rational(30_000, 1001),
  rational(24_000, 1001),
  rational(50),
  rational(60),
  rational(60_000, 1001),
  rational(48),
  rational(48_000, 1001),
]
const SLOWEST = 24_000 / 1001

/** A rate is said to be a standard one within this share: 29.97 and 30 lie 0.1 % apart, and a short clip's average is inexact. */
const SAME = 0.0004
/** So far a rate may be measured from what it is meant to be. */
const NEAR = 0.06
/** Pictures that follow one another so much quicker than on average stand in bursts, between pauses. */
const BURSTY = 1.5

/** The rate of the grid: the source's own where it is a standard one, else the nearest that does it justice. `repeated`: see VideoFacts.repeated_fields. */
export function chooseFrameRate(facts: FrameRateFacts, repeated: boolean, max: number): Rational {
  const rate = sourceRate(facts, repeated)
  return above(rate, max) ? halved(rate, max) : snapped(rate, max)
}

function sourceRate({ kind, average, nominal, burst }: FrameRateFacts, repeated: boolean): Rational {
  if (kind === 'constant') return standardOf(average) ?? standardOf(nominal, NEAR) ?? average
  const typical = toNumber(burst) > BURSTY * toNumber(average) && !repeated ? burst : average
  // What the container claims counts when it is borne out: a telephone's 30 comes with jitter, and with drops in the dark.
  const claimed = standardOf(nominal)
  const borneOut = toNumber(nominal) >= toNumber(typical) / (1 + NEAR) && toNumber(nominal) <= toNumber(burst) * (1 + NEAR)
  if (!repeated && claimed !== undefined && borneOut) return claimed
  return standardOf(typical, NEAR) ?? typical
}

/** Halved until it is not above `max`. Where a whole part of it is a standard rate and its half is none, that part: 90 becomes 30, not 22.5. */
function halved(source: Rational, max: number): Rational {
  let rate = source
  while (above(rate, max)) rate = reduce(rate.num, rate.den * 2)
  const parts = [rate, ...[3, 5, 6, 7].map((by) => reduce(source.num, source.den * by)).filter((part) => !above(part, max))]
  return parts.map((part) => standardOf(part)).find((standard) => standard !== undefined) ?? clean(rate)
}

/** The standard rate that shows each picture of a slow source equally long; else the nearest. */
function snapped(rate: Rational, max: number): Rational {
  const fit = STANDARD.filter((standard) => !above(standard, max))
  const [first] = fit
  // A profile may hold rates below all standard ones.
  if (first === undefined) return clean(rate)
  const exact = standardOf(rate)
  if (exact !== undefined && fit.includes(exact)) return exact
  if (toNumber(rate) < SLOWEST) {
    const multiple = fit.find((standard) => isMultiple(standard, rate))
    if (multiple !== undefined) return multiple
    if (toNumber(rate) < SLOWEST / 2) return first
  }
  return fit.reduce((best, standard) => (apart(standard, rate) < apart(best, rate) ? standard : best))
}

/** With a small denominator, so that a frame is a whole number of ticks. */
function clean(rate: Rational): Rational {
  return rate.den <= 4 || rate.den % 1001 === 0 ? rate : rational(Math.max(1, Math.round(toNumber(rate))))
}

function above(rate: Rational, max: number): boolean {
  return toNumber(rate) > max * (1 + SAME)
}

/** The standard rate that this one is, within a share. */
function standardOf(rate: Rational, within = SAME): Rational | undefined {
  const nearest = STANDARD.reduce((best, standard) => (apart(standard, rate) < apart(best, rate) ? standard : best))
  return apart(nearest, rate) <= within ? nearest : undefined
}

function isMultiple(standard: Rational, rate: Rational): boolean {
  const times = toNumber(standard) / toNumber(rate)
  return Math.abs(times - Math.round(times)) < times * SAME
}

function apart(a: Rational, b: Rational): number {
  return equalRational(a, b) ? 0 : Math.abs(Math.log(toNumber(a) / toNumber(b)))
}

function reduce(num: number, den: number): Rational {
  const divide = (a: number, b: number): number => (b === 0 ? a : divide(b, a % b))
  const by = divide(num, den)
  return rational(num / by, den / by)
}
