/** Where in the configuration an error line points. */
export interface Place {
  readonly file: string
  readonly line: number
}

/**
 * The place that a line of Nginx’s error log names; where it names none, the directive it must be about: the `listen`
 * of an address that could not be bound, the declaration of a shared zone. Null when even that is not to be found.
 */
export function placeOf(message: string, files: ReadonlyMap<string, string>): Place | null {
  const named = / in (\/.+):(\d+)$/.exec(message)
  if (named !== null) return { file: named[1]!, line: Number(named[2]) }
  const pattern = subjectOf(message)
  if (pattern === null) return null
  for (const [file, text] of files) {
    const index = text.split('\n').findIndex((line) => !/^\s*#/.test(line) && pattern.test(line))
    if (index !== -1) return { file, line: index + 1 }
  }
  return null
}

function subjectOf(message: string): RegExp | null {
  const address = /bind\(\) to (\S+) failed/.exec(message)?.[1]
  if (address !== undefined) {
    const port = address.startsWith('unix:') ? null : address.slice(address.lastIndexOf(':') + 1)
    // `listen 80`, `listen *:80` and `listen 0.0.0.0:80` are all bound as 0.0.0.0:80.
    return port === null ? literal(`listen\\s+`, address) : new RegExp(`\\blisten\\s+(?:\\S*:)?${port}\\b`)
  }
  const zone = /"([^"]+)"/.exec(message)?.[1]
  return zone === undefined ? null : literal('zone=', zone, '(?=[:;\\s])')
}

function literal(before: string, text: string, after = ''): RegExp {
  return new RegExp(before + RegExp.escape(text) + after)
}
