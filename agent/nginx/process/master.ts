import { readFile } from 'node:fs/promises'
import { systemCodeOf } from '../../../shared/errors/problem.ts'
import { processStat, processTitle, type ProcessIdentity } from './proc.ts'

export type Master = ProcessIdentity

/**
 * The running master process that the pid file names. Null when there is no such file, or it names no process,
 * or one that is not an Nginx master (a stale file after a crash, whose number another program got).
 * Throws what the file system throws when the pid file is there but cannot be read.
 */
export async function findMaster(pidFile: string): Promise<Master | null> {
  let text: string
  try {
    text = await readFile(pidFile, 'utf8')
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null
    throw error
  }
  const pid = Number(text.trim())
  // An empty file is one that Nginx is just writing.
  if (!Number.isInteger(pid) || pid < 1) return null
  const stat = await processStat(pid)
  if (stat === null || !(await processTitle(pid)).startsWith('nginx: master process')) return null
  return { pid, start: stat.start }
}

export function sameProcess(a: ProcessIdentity | null, b: ProcessIdentity | null): boolean {
  return a !== null && b !== null && a.pid === b.pid && a.start === b.start
}
