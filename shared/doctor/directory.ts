import { access, constants, stat, statfs } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { messageOf, systemCodeOf } from '../errors/problem.ts'
import { formatSize } from '../units/size.ts'
import { fail, ok, warn, type Finding } from './finding.ts'

/** Bytes of free space: below the first something fails, below the second it is time to act. */
export interface FreeSpace {
  readonly tooLittle: number
  readonly little: number
}

/** Below this many inodes it is time to act. */
const FEW_INODES = 1000

/** A directory that a daemon writes exists or can be made, belongs to the daemon's user, and has room. `setting` names it in the configuration. */
export async function directoryFinding(setting: string, path: string, owner: number, noun: string, { tooLittle, little }: FreeSpace): Promise<Finding> {
  let existing = path
  while (!existsSync(existing)) existing = dirname(existing)
  const found = await stat(existing)
  if (!found.isDirectory()) return fail(setting, `${existing} is not a directory`, `move it away, or set ${setting} to another path`)
  try {
    await access(existing, constants.W_OK | constants.X_OK)
  } catch (error) {
    const readOnly = systemCodeOf(error) === 'EROFS'
    return fail(setting, `${existing} cannot be written: ${messageOf(error)}`, readOnly ? `mount it writable (under systemd: ReadWritePaths=${path})` : `let the ${noun}'s user own ${path}`)
  }
  if (existing === path && owner !== 0 && found.uid !== owner && (found.mode & 0o022) === 0) return fail(setting, `${path} does not belong to the ${noun}'s user (uid ${owner})`, `chown -R ${owner} ${path}`)
  const { bavail, bsize, ffree, files } = await statfs(existing)
  const free = bavail * bsize
  const mend = 'free some space there, or move it to another file system'
  if (free < tooLittle) return fail(setting, `${path} has ${formatFree(free)} left`, mend)
  if (files > 0 && ffree < FEW_INODES) return warn(setting, `the file system of ${path} has ${ffree} inodes left`, mend)
  if (free < little) return warn(setting, `${path} has ${formatFree(free)} left`, mend)
  return ok(setting, existing === path ? `${path}, ${formatFree(free)} free` : `${path} will be made in ${existing}, ${formatFree(free)} free`)
}

function formatFree(bytes: number): string {
  const unit = bytes >= 2 ** 30 ? 2 ** 30 : 2 ** 20
  return formatSize(Math.floor(bytes / unit) * unit)
}
