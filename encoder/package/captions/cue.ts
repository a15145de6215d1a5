/** One caption. Times in milliseconds from the start of the asset. */
export interface Cue {
  readonly start: number
  readonly end: number
  /** WebVTT's, such as `line:0 align:start`; empty for none. */
  readonly settings: string
  /** As WebVTT: its markup and escapes. */
  readonly text: string
}

const CLOCK = /^(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?$/

/** `01:02:03.456`, `02:03,456`; undefined for what is no time. */
export function parseClock(text: string): number | undefined {
  const match = CLOCK.exec(text)
  if (match === null) return undefined
  const [, hours = '0', minutes = '', seconds = '', fraction = ''] = match
  if (Number(minutes) > 59 || Number(seconds) > 59) return undefined
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(fraction.padEnd(3, '0'))
}

/** `01:02:03.456`. */
export function formatClock(milliseconds: number): string {
  const two = (number: number) => String(number).padStart(2, '0')
  const seconds = Math.floor(milliseconds / 1000)
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${String(milliseconds % 1000).padStart(3, '0')}`
}

/** A file that every player reads: UTF-8, no styles, no header but the first line. */
export function writeWebVtt(cues: readonly Cue[]): string {
  const blocks = cues.map(({ start, end, settings, text }) => `\n${formatClock(start)} --> ${formatClock(end)}${settings === '' ? '' : ` ${settings}`}\n${text}\n`)
  return `WEBVTT\n${blocks.join('')}`
}
