import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCodeOf } from '../../../shared/errors/problem.ts'
import { ok, warn } from '../../../shared/doctor/finding.ts'
import type { Check } from '../host.ts'

const CHECK = 'inotify'
/** More folders than this are not counted. */
const MOST = 100_000

/** One watch per folder of the ingest folder; where there are too few, sources are found by rescans alone. */
export const checkInotify: Check = async ({ config: { ingest } }) => {
  const [watches, instances] = await Promise.all(['max_user_watches', 'max_user_instances'].map(async (name) => Number(await readFile(`/proc/sys/fs/inotify/${name}`, 'utf8'))))
  const folders = await countFolders(ingest.directory)
  if (folders > (watches ?? 0) / 2) {
    return [warn(CHECK, `the ingest folder has ${folders} folders, and a user may watch ${watches}, all programs together: beyond that sources are found each ${ingest.rescan / 1000} s only`, `sysctl fs.inotify.max_user_watches=${Math.max(524_288, folders * 4)}, and the same in /etc/sysctl.d`)]
  }
  if ((instances ?? 0) < 16) return [warn(CHECK, `a user may have ${instances} watchers, all programs together`, 'sysctl fs.inotify.max_user_instances=128, and the same in /etc/sysctl.d')]
  return [ok(CHECK, `${folders} folders to watch of ${watches} that are allowed`)]
}

async function countFolders(root: string): Promise<number> {
  let folders = 0
  const rest = [root]
  for (let folder = rest.pop(); folder !== undefined && folders < MOST; folder = rest.pop()) {
    try {
      const entries = await readdir(folder, { withFileTypes: true })
      folders += 1
      for (const entry of entries) if (entry.isDirectory()) rest.push(join(folder, entry.name))
    } catch (error) {
      // A folder that went meanwhile, or is closed to this user, is not what is looked for here.
      if (!['ENOENT', 'EACCES', 'ENOTDIR'].includes(systemCodeOf(error) ?? '')) throw error
    }
  }
  return folders
}
