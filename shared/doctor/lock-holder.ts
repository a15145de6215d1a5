import { readFile, stat } from 'node:fs/promises'
import { systemCodeOf } from '../errors/problem.ts'

/** The pid of the process that holds a lock file; null where nobody does. Found without taking the lock even for a moment. */
export async function lockHolder(path: string): Promise<number | null> {
  try {
    const { ino } = await stat(path)
    const held = (await readFile('/proc/locks', 'utf8')).split('\n').some((line) => /FLOCK/.test(line) && line.split(/\s+/).some((word) => word.endsWith(`:${ino}`)))
    const pid = Number((await readFile(path, 'utf8')).trim())
    return held && pid > 0 ? pid : null
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null
    throw error
  }
}
