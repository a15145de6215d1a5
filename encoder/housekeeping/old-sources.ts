import { readdir, rmdir } from 'node:fs/promises'
import { systemCodeOf } from '../../shared/errors/problem.ts'
import { lstatIfThere, removeIfThere } from '../intake/disk.ts'
import { joinBytes, type PathBytes } from '../intake/path-bytes.ts'
import { showPath } from '../intake/show-path.ts'

export interface OldSources {
  /** `done/` or `failed/`. */
  readonly directory: string
  /** How long a source stays, ms; 0: for ever. */
  readonly keep: number
  /** Ms since the epoch. */
  readonly now: number
  readonly dryRun: boolean
}

/**
 * Removes sources that have lain in `done/` or `failed/` for longer than they are kept, and the folders that become
 * empty. Age counts from when a file was put there (ctime: a rename sets it, and nobody can set it back).
 * Answers the paths below the directory, for people.
 */
export async function removeOldSources({ directory, keep, now, dryRun }: OldSources): Promise<string[]> {
  if (keep === 0) return []
  const removed: string[] = []

  /** Whether nothing is left in it. */
  const visit = async (folder: PathBytes, below: PathBytes | null): Promise<boolean> => {
    let left = 0
    for (const name of await entriesOf(folder)) {
      const path = joinBytes(folder, name)
      const shown = below === null ? name : joinBytes(below, name)
      const facts = await lstatIfThere(path)
      // Somebody took it away meanwhile.
      if (facts === undefined) continue
      if (facts.isDirectory()) {
        const gone = (await visit(path, shown)) && (dryRun || (await removeEmpty(path)))
        if (!gone) left += 1
      } else if (now - Number(facts.ctimeMs) > keep) {
        removed.push(showPath(shown))
        if (!dryRun) await removeIfThere(path)
      } else left += 1
    }
    return left === 0
  }
  await visit(joinBytes(directory), null)
  return removed
}

/** False where something was put into it meanwhile. */
async function removeEmpty(folder: PathBytes): Promise<boolean> {
  try {
    await rmdir(folder)
  } catch (error) {
    const code = systemCodeOf(error)
    if (code === 'ENOTEMPTY') return false
    if (code !== 'ENOENT') throw error
  }
  return true
}

/** A folder that does not exist yet holds nothing. */
async function entriesOf(folder: PathBytes): Promise<PathBytes[]> {
  try {
    return await readdir(folder, { encoding: 'buffer' })
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return []
    throw error
  }
}
