/** Why a source is in `failed/`. */
export interface WhyFailed {
  /** One sentence: what was found and where. */
  readonly message: string
  /** One sentence: what to do about it. */
  readonly advice: string
  /** Second of the source at which it was found. */
  readonly at_s?: number | null | undefined
  readonly code: string
  readonly job: string
  readonly at: Date
  /** The last words of the program that met it. */
  readonly last_lines?: string
}

const MOST_LINES = 20

/** The `.why.txt` beside a failed source: first what a person needs, then what an engineer does. */
export function whyText({ message, advice, at_s, code, job, at, last_lines = '' }: WhyFailed): string {
  const where = at_s === undefined || at_s === null ? [] : [`Found at ${timecode(at_s)} (second ${Number(at_s.toFixed(3))} of the source).`]
  const lines = last_lines.trim() === '' ? [] : last_lines.trimEnd().split(/\r?\n/).slice(-MOST_LINES)
  const words = lines.length === 0 ? [] : ['', 'The last that the program said:', ...lines.map((line) => `  ${line}`)]
  return `${[message, ...where, `What to do: ${advice}`, '', `Error: ${code}`, `Job: ${job}`, `Time: ${at.toISOString()}`, ...words].join('\n')}\n`
}

/** `00:01:02.500` */
function timecode(seconds: number): string {
  const ms = Math.round(Math.max(seconds, 0) * 1000)
  const part = (unit: number, size: number) => String(Math.floor(ms / unit) % size).padStart(2, '0')
  return `${String(Math.floor(ms / 3_600_000)).padStart(2, '0')}:${part(60_000, 60)}:${part(1000, 60)}.${String(ms % 1000).padStart(3, '0')}`
}
