import { toNumber, type Rational } from '../rational.ts'

/** `29.97`, `25`: to three digits after the point. */
export function formatRate(rate: Rational): string {
  return String(Math.round(toNumber(rate) * 1000) / 1000)
}

/** `9.5 s`, `1:05.2`, `2:03:04`. */
export function formatLength(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds * 100) / 100} s`
  const tenths = Math.round(seconds * 10)
  const [hours, minutes, rest] = [Math.floor(tenths / 36_000), Math.floor(tenths / 600) % 60, (tenths % 600) / 10]
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}.${tenths % 10}`
}
