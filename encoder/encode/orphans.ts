import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { systemCodeOf } from '../../shared/errors/problem.ts'
import { bearsMark } from './mark.ts'

interface Orphan {
  readonly pid: number
  /** Clock ticks since boot: with the pid it names one process for ever. */
  readonly started: string
}

/**
 * Kills what an earlier daemon left running in this work area, waits until it has gone, and answers how many there were.
 * To be called by the one daemon that holds the work area, before it starts anything there itself.
 */
export async function reapOrphans(workDirectory: string): Promise<number> {
  const orphans = await findOrphans(workDirectory)
  for (const { pid, started } of orphans) if ((await startOf(pid)) === started) killIfThere(pid)
  // A process that is not our child announces its end to nobody we can listen to.
  while ((await Promise.all(orphans.map(isAlive))).includes(true)) await delay(5)
  return orphans.length
}

async function findOrphans(work: string): Promise<Orphan[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(
    pids.map(async (pid): Promise<Orphan[]> => {
      if (pid === process.pid) return []
      const started = await startOf(pid)
      // Another user's environment cannot be read; nor can that of a process that has just gone.
      const environ = await readFile(`/proc/${pid}/environ`).catch(() => undefined)
      return started !== undefined && environ !== undefined && bearsMark(environ, work) ? [{ pid, started }] : []
    }),
  )
  return found.flat()
}

async function isAlive({ pid, started }: Orphan): Promise<boolean> {
  return (await startOf(pid)) === started
}

/** Undefined once it has ended, also while nobody has collected its exit status. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined)
  // The name in parentheses may hold anything, also parentheses and spaces.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields === undefined || fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (systemCodeOf(error) !== 'ESRCH') throw error
  }
}
