/** Bytes per unit; formatting takes the first that divides the amount, binary units before decimal ones. */
const UNITS = {
  TiB: 1024 ** 4, GiB: 1024 ** 3, MiB: 1024 ** 2, KiB: 1024,
  TB: 1000 ** 4, GB: 1000 ** 3, MB: 1000 ** 2, kB: 1000,
  B: 1,
} as const

const SIZE = /^(?<count>\d+)(?<unit>[A-Za-z]+)$/
const EXAMPLES = '"512B", "64KiB", "500MB" or "1GiB"'

/** Bytes of a text like `"64KiB"` or `"500MB"`. Throws a RangeError that says how to write it. */
export function parseSize(text: string): number {
  const { count, unit } = SIZE.exec(text)?.groups ?? {}
  const factor = Object.entries(UNITS).find(([name]) => name === unit)?.[1]
  if (count === undefined || factor === undefined) throw new RangeError(`${JSON.stringify(text)} is not a size; ${howToWrite(text)}`)
  const bytes = Number(count) * factor
  if (!Number.isSafeInteger(bytes)) throw new RangeError(`${JSON.stringify(text)} is larger than any size that can be counted in bytes`)
  return bytes
}

function howToWrite(text: string): string {
  const { count, unit } = SIZE.exec(text.replaceAll(/\s+/g, ''))?.groups ?? {}
  const meant = Object.keys(UNITS).find((name) => name.toLowerCase() === unit?.toLowerCase())
  if (meant !== undefined) return `write "${count}${meant}"`
  const short = unit?.toUpperCase()
  if (short !== undefined && ['K', 'M', 'G', 'T'].includes(short)) return `write "${count}${short}iB" (powers of 1024) or "${count}${short === 'K' ? 'k' : short}B" (powers of 1000)`
  if (/^\d+$/.test(text.trim())) return `a unit is missing: write "${text.trim()}B" for bytes`
  return `write a whole number with one of the units ${Object.keys(UNITS).toReversed().join(', ')}, as in ${EXAMPLES}`
}

/** A text that `parseSize` reads as exactly these bytes, in the largest unit that divides them. Throws a RangeError for what is no number of bytes. */
export function formatSize(bytes: number): string {
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new RangeError(`${bytes} is not a number of bytes`)
  if (bytes === 0) return '0B'
  for (const [unit, factor] of Object.entries(UNITS)) if (bytes % factor === 0) return `${bytes / factor}${unit}`
  return `${bytes}B`
}
