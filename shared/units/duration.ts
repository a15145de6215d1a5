/** Milliseconds per unit, from the largest to the smallest: the order in which they must be written. */
const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const

const DURATION = /^(?:(?<d>\d+)d)?(?:(?<h>\d+)h)?(?:(?<m>\d+)m)?(?:(?<s>\d+)s)?(?:(?<ms>\d+)ms)?$/
const EXAMPLES = '"250ms", "2s", "1m30s", "1h" or "7d"'

/** Whole milliseconds of a text like `"250ms"`, `"1m30s"` or `"7d"`. Throws a RangeError that says how to write it. */
export function parseDuration(text: string): number {
  const groups = text === '' ? undefined : DURATION.exec(text)?.groups
  if (groups === undefined) throw new RangeError(`${JSON.stringify(text)} is not a duration; ${howToWrite(text)}`)
  let total = 0
  for (const [unit, factor] of Object.entries(UNITS)) total += Number(groups[unit] ?? 0) * factor
  if (!Number.isSafeInteger(total)) throw new RangeError(`${JSON.stringify(text)} is longer than any duration that can be counted in milliseconds`)
  return total
}

function howToWrite(text: string): string {
  const trimmed = text.trim()
  if (/^\d+$/.test(trimmed)) return `a unit is missing: write "${trimmed}s" for seconds or "${trimmed}ms" for milliseconds`
  if (trimmed.startsWith('-')) return 'it cannot be negative'
  if (/^\d+[.,]\d+/.test(trimmed)) return 'write whole numbers, as in "1s500ms"'
  if (trimmed !== '' && DURATION.test(trimmed.replaceAll(/\s+/g, '').toLowerCase())) return `write ${JSON.stringify(trimmed.replaceAll(/\s+/g, '').toLowerCase())}`
  return `write whole numbers with the units d, h, m, s and ms, largest first, as in ${EXAMPLES}`
}

/** The shortest text that `parseDuration` reads as these milliseconds (rounded to whole ones). Throws a RangeError for a negative number. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms)
  if (!Number.isSafeInteger(rest) || rest < 0) throw new RangeError(`${ms} is not a number of milliseconds`)
  if (rest === 0) return '0s'
  let text = ''
  for (const [unit, factor] of Object.entries(UNITS)) {
    const count = Math.floor(rest / factor)
    rest -= count * factor
    if (count > 0) text += `${count}${unit}`
  }
  return text
}
