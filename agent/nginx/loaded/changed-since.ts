import { lstat, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemCodeOf } from '../../../shared/errors/problem.ts'

/** Start times of processes are known to 10 ms. */
const START_PRECISION_MS = 10

/**
 * Whether a file, or the link that leads to it, changed after `instant` (ms of the wall clock). For a file that is
 * gone: whether its directory did. The inode's change time cannot be set back by hand, as the modification time can.
 */
export async function changedSince(path: string, instant: number): Promise<boolean> {
  const times = await Promise.all([changeTime(lstat(path)), changeTime(stat(path))])
  const known = times.filter((time) => time !== null)
  if (known.length > 0) return Math.max(...known) > instant + START_PRECISION_MS
  const directory = await changeTime(stat(dirname(path)))
  return directory === null || directory > instant + START_PRECISION_MS
}

async function changeTime(stats: Promise<{ ctimeMs: number }>): Promise<number | null> {
  try {
    return (await stats).ctimeMs
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error) ?? '')) return null
    throw error
  }
}
