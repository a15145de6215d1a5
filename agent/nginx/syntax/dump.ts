/** One file of a configuration. */
export interface ConfigFile {
  readonly path: string
  readonly text: string
}

/** Matches the line that `nginx -T` writes above each file. */
const HEADER = /^# configuration file (\/.*):$/

/**
 * The files of a dump that `nginx -T` wrote to its standard output, in the order Nginx read them, the main file first.
 * Each text is as it was in the file; Nginx adds one newline after each, which is taken off again.
 */
export function parseDump(dump: string): ConfigFile[] {
  const files: { path: string; lines: string[] }[] = []
  for (const line of dump.split('\n')) {
    const path = HEADER.exec(line)?.[1]
    if (path !== undefined) files.push({ path, lines: [] })
    else files.at(-1)?.lines.push(line)
  }
  // The last file's own newline, Nginx's extra one, and nothing after it: the split leaves one empty line too many there.
  files.at(-1)?.lines.pop()
  return files.map(({ path, lines }) => ({ path, text: lines.join('\n') }))
}
