/** A fraction of whole numbers; `den` is positive. Frame rates and time bases are kept as such: 30000/1001 has no exact decimal. */
export interface Rational {
  readonly num: number
  readonly den: number
}

export function rational(num: number, den = 1): Rational {
  return { num, den }
}

/** Reads `30000/1001`, `25` or ffprobe's `1:1`; undefined for what is none, or has a zero or negative denominator. */
export function parseRational(text: string | undefined): Rational | undefined {
  const match = /^(-?\d+)(?:[/:](\d+))?$/.exec(text ?? '')
  if (match === null) return undefined
  const num = Number(match[1])
  const den = Number(match[2] ?? 1)
  return Number.isSafeInteger(num) && Number.isSafeInteger(den) && den > 0 ? { num, den } : undefined
}

export function toNumber({ num, den }: Rational): number {
  return num / den
}

/** `30000/1001`, as ffmpeg reads it. */
export function formatRational({ num, den }: Rational): string {
  return den === 1 ? String(num) : `${num}/${den}`
}

export function equalRational(a: Rational, b: Rational): boolean {
  return a.num * b.den === b.num * a.den
}
