import { access, constants, stat, statfs } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { messageOf, systemCodeOf } from '../../../shared/errors/problem.ts'
import { formatSize } from '../../../shared/units/size.ts'
import { fail, ok, warn, type Finding } from '../finding.ts'
import type { Check } from '../host.ts'

/** Bytes: below the first a switch may fail to be journaled, below the second it is time to act. */
const TOO_LITTLE = 16 * 2 ** 20
const LITTLE = 256 * 2 ** 20
/** A generation of markers is a directory and a file. */
const FEW_INODES = 1000

/** Directories that the agent writes exist or can be made, belong to one user, and have room. */
export const checkStorage: Check = async ({ config, uid }) => {
  const directories = { state_dir: config.state_dir, 'nginx.include_dir': config.nginx.include_dir, 'nginx.routes_dir': config.nginx.routes_dir }
  const owner = existsSync(config.state_dir) ? (await stat(config.state_dir)).uid : uid
  return Promise.all(Object.entries(directories).map(async ([setting, path]) => directoryFinding(setting, path, owner)))
}

async function directoryFinding(setting: string, path: string, owner: number): Promise<Finding> {
  let existing = path
  while (!existsSync(existing)) existing = dirname(existing)
  const found = await stat(existing)
  if (!found.isDirectory()) return fail(setting, `${existing} is not a directory`, `move it away, or set ${setting} to another path`)
  try {
    await access(existing, constants.W_OK | constants.X_OK)
  } catch (error) {
    const readOnly = systemCodeOf(error) === 'EROFS'
    return fail(setting, `${existing} cannot be written: ${messageOf(error)}`, readOnly ? `mount it writable (under systemd: ReadWritePaths=${path})` : `let the agent's user own ${path}`)
  }
  if (existing === path && owner !== 0 && found.uid !== owner && (found.mode & 0o022) === 0) return fail(setting, `${path} does not belong to the agent's user (uid ${owner})`, `chown -R ${owner} ${path}`)
  const { bavail, bsize, ffree, files } = await statfs(existing)
  const free = bavail * bsize
  const mend = 'free some space there, or move it to another file system'
  if (free < TOO_LITTLE) return fail(setting, `${path} has ${formatFree(free)} left`, mend)
  if (files > 0 && ffree < FEW_INODES) return warn(setting, `the file system of ${path} has ${ffree} inodes left`, mend)
  if (free < LITTLE) return warn(setting, `${path} has ${formatFree(free)} left`, mend)
  return ok(setting, existing === path ? `${path}, ${formatFree(free)} free` : `${path} will be made in ${existing}, ${formatFree(free)} free`)
}

function formatFree(bytes: number): string {
  const unit = bytes >= 2 ** 30 ? 2 ** 30 : 2 ** 20
  return formatSize(Math.floor(bytes / unit) * unit)
}
