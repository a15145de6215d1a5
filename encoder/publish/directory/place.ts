import { mkdir, realpath, rmdir } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { syncDirectory } from '../../../shared/files/atomic.ts'
import { systemCodeOf } from '../../../shared/errors/problem.ts'
import { JobError, jobErrors } from '../../job-errors.ts'

/** The directory of a file of the store, made if need be. A symbolic link that leads out of the store is not followed. */
export async function makeDirectory(root: string, file: string): Promise<void> {
  const directory = dirname(file)
  const first = await mkdir(directory, { recursive: true, mode: 0o755 })
  // New directories must survive a power loss before what lies in them counts.
  if (first !== undefined) for (let made = directory; made.length >= dirname(first).length; made = dirname(made)) await syncDirectory(made)
  await checkInside(root, directory)
}

/** Throws unless a directory, all links resolved, is in the store. */
export async function checkInside(root: string, directory: string): Promise<void> {
  const [top, real] = await Promise.all([realpath(root), realpath(directory)])
  if (real === top || real.startsWith(top + sep)) return
  throw new JobError(jobErrors.storageFailed, `${directory} leads out of the store ${root} to ${real}, through a symbolic link.`, 'Remove the link; it goes on by itself then.')
}

/** Removes the directories above a file that are empty now, up to the root. */
export async function removeEmptyAbove(root: string, file: string): Promise<void> {
  for (let directory = dirname(file); directory.startsWith(join(root, sep)); directory = dirname(directory)) {
    try {
      await rmdir(directory)
    } catch (error) {
      const code = systemCodeOf(error)
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return
      if (code !== 'ENOENT') throw error
    }
  }
}
