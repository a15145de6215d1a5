import { readFile } from 'node:fs/promises'
import { parseDump, type ConfigFile } from '../syntax/dump.ts'

/**
 * The files of what `nginx -T` printed. A file may itself hold lines that look like the header of another one (such
 * as a configuration that was made by `nginx -T`): what is on disk tells how far each file goes. Where a file changed
 * meanwhile, the next header ends it.
 */
export async function splitDump(dump: string): Promise<ConfigFile[]> {
  const files: ConfigFile[] = []
  let rest = dump
  while (rest !== '') {
    const header = /^# configuration file (\/.*):\n/.exec(rest)
    if (header === null) return [...files, ...parseDump(rest)]
    const [line, path = ''] = header
    const body = rest.slice(line.length)
    // A file that cannot be read here, though Nginx could, is cut by the headers alone.
    const text = await readFile(path, 'utf8').catch(() => null)
    const end = text !== null && body.startsWith(`${text}\n`) ? text.length + 1 : nextHeader(body)
    files.push({ path, text: body.slice(0, end - 1) })
    rest = body.slice(end)
  }
  return files
}

function nextHeader(body: string): number {
  const next = body.search(/^# configuration file \/.*:$/m)
  return next === -1 ? body.length : next
}
