/** One line of Nginx’s error log. */
export interface ErrorLine {
  readonly level: string
  readonly pid: number
  readonly message: string
  /** The line as Nginx wrote it. */
  readonly text: string
}

/** Null for what is not the first line of an entry. */
export function parseErrorLine(text: string): ErrorLine | null {
  const match = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[(\w+)\] (\d+)#\d+: (?:\*\d+ )?(.*)$/.exec(text)
  if (match === null) return null
  const [, level = '', pid, message = ''] = match
  return { level, pid: Number(pid), message, text }
}
