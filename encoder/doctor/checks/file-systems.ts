import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ok, warn } from '../../../shared/doctor/finding.ts'
import { endFolders } from '../../config-rules/directories.ts'
import type { Check } from '../host.ts'

const CHECK = 'file systems'

/** On one file system a source is taken and put away by a rename; elsewhere it is copied, verified and removed. */
export const checkFileSystems: Check = async ({ config }) => {
  const { done, failed } = endFolders(config)
  const work = await deviceOf(config.work.directory)
  const others = Object.entries({ 'ingest.directory': config.ingest.directory, 'ingest.done': done, 'ingest.failed': failed })
  const apart = (await Promise.all(others.map(async ([setting, path]) => ((await deviceOf(path)) === work ? [] : [`${setting} (${path})`])))).flat()
  if (apart.length === 0) return [ok(CHECK, 'ingest, work, done and failed are on one: sources are moved by a rename')]
  return [warn(CHECK, `${apart.join(', ')} not on that of work.directory: each source is copied there and back, which takes its time and its space twice`, 'put work.directory on the file system of the ingest folder, where that is large enough')]
}

/** The device of a path, or of what of it exists. */
async function deviceOf(path: string): Promise<number> {
  let existing = path
  while (!existsSync(existing)) existing = dirname(existing)
  return (await stat(existing)).dev
}
