import type { LingeringWorker } from '../traffic.ts'
import type { Master } from './master.ts'
import { ageOf, processStat, processTitle, readProc, residentBytes, uptime, type ProcessIdentity } from './proc.ts'

export interface Worker extends ProcessIdentity {
  /** It has been told to quit, takes no new connection, and stays until its last one ends. */
  readonly shuttingDown: boolean
}

/** The worker processes of a master; none when it is gone. Cache managers and a second master are not workers. */
export async function workersOf(master: Master): Promise<Worker[]> {
  const found = await Promise.all((await childrenOf(master.pid)).map(readWorker))
  return found.filter((worker) => worker !== null)
}

/** The same worker as it is now; null when it has gone. */
export async function workerNow(worker: ProcessIdentity): Promise<Worker | null> {
  const now = await readWorker(worker.pid)
  return now?.start === worker.start ? now : null
}

/** Workers that take connections. */
export function serving(workers: readonly Worker[]): Worker[] {
  return workers.filter((worker) => !worker.shuttingDown)
}

/** Workers of earlier reloads that still hold connections, oldest first, with what they cost. */
export async function lingeringWorkers(master: Master): Promise<LingeringWorker[]> {
  const workers = (await workersOf(master)).filter((worker) => worker.shuttingDown)
  const now = await uptime()
  const lingering = await Promise.all(
    workers.map(async (worker) => ({ pid: worker.pid, age_ms: ageOf(worker, now), rss_bytes: await residentBytes(worker.pid) })),
  )
  return lingering.toSorted((a, b) => b.age_ms - a.age_ms)
}

async function readWorker(pid: number): Promise<Worker | null> {
  const [stat, title] = await Promise.all([processStat(pid), processTitle(pid)])
  if (stat === null || !title.startsWith('nginx: worker process')) return null
  return { pid, start: stat.start, shuttingDown: title.includes('shutting down') }
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readProc(`${pid}/task/${pid}/children`)
  return (text ?? '').split(' ').filter(Boolean).map(Number)
}
