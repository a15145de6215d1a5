/** A length of time for people: `0.4 ms`, `12 ms`, `3.4 s`, `2 min`, `5 h`, `3 days`. */
export function lengthOf(ms: number): string {
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} days`
}

/** `12 s ago`; a time ahead of this clock is told as it is, since two hosts may differ. */
export function ago(time: string, now: Date): string {
  const ms = now.getTime() - new Date(time).getTime()
  if (ms < 0) return ms < -2000 ? `${lengthOf(-ms)} ahead of this clock` : 'now'
  return ms < 1000 ? 'now' : `${lengthOf(ms)} ago`
}

/** RFC 3339 as people read it: `2026-11-21 14:32:54Z`. */
export function timeOf(time: string): string {
  return time.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, '$1 $2Z')
}

/** A text cut to a table’s column; the whole stands where one operation is shown. */
export function clipped(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}

/** `1 server`, `2 servers`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** An amount of bytes for people: `512 B`, `1.5 MB`, `12 GB`. */
export function bytesOf(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${value < 9.95 && unit > 0 ? Number(value.toFixed(1)) : Math.round(value)} ${units[unit]}`
}

/** A share from 0 to 1 as whole per cent, never rounded up to a hundred. */
export function percent(share: number): string {
  return `${Math.floor(Math.min(1, Math.max(0, share)) * 100)} %`
}
