import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises'
import { systemCodeOf } from '../errors/problem.ts'

/** The pid of the process that holds a lock file; null where nobody does. Found without taking the lock even for a moment. */
export async function lockHolder(path: string): Promise<number | null> {
  try {
    const { ino } = await stat(path)
    const held = (await readFile('/proc/locks', 'utf8')).split('\n').some((line) => /FLOCK/.test(line) && line.split(/\s+/).some((word) => word.endsWith(`:${ino}`)))
    const pid = Number((await readFile(path, 'utf8')).trim())
    return pid > 0 && (held || (await hasOpen(pid, path))) ? pid : null
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null
    throw error
  }
}

/** In a container /proc/locks leaves out a lock whose taker, a `flock` that has ended, has no number there. */
async function hasOpen(pid: number, path: string): Promise<boolean> {
  const fds = `/proc/${pid}/fd`
  // Gone, or another user's.
  const open = await Promise.all((await readdir(fds).catch(() => [])).map(async (fd) => readlink(`${fds}/${fd}`).catch(() => '')))
  return open.includes(await realpath(path))
}
