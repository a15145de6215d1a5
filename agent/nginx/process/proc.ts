import { readFile } from 'node:fs/promises'
import { systemCodeOf } from '../../../shared/errors/problem.ts'

/** USER_HZ: what the kernel counts start times in, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number
  /** Start in clock ticks since boot: does not move when the wall clock does. */
  readonly start: number
}

export interface ProcessStat extends ProcessIdentity {
  /** `R`, `S`, `Z`, … of proc(5). */
  readonly state: string
  readonly parent: number
}

/** The text of a file under /proc; null when the process is gone. */
export async function readProc(path: string): Promise<string | null> {
  try {
    return await readFile(`/proc/${path}`, 'utf8')
  } catch (error) {
    // ESRCH: it ended between open and read.
    if (['ENOENT', 'ESRCH'].includes(systemCodeOf(error) ?? '')) return null
    throw error
  }
}

/** What the kernel says about a process; null when there is none, or only a zombie left. */
export async function processStat(pid: number): Promise<ProcessStat | null> {
  const text = await readProc(`${pid}/stat`)
  if (text === null) return null
  // The second field is the name in parentheses, which may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state = '', parent] = fields
  if (state === 'Z' || state === 'X') return null
  return { pid, state, parent: Number(parent), start: Number(fields[19]) }
}

/** Whether this very process, and no successor with its number, is still there. */
export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  return (await processStat(process.pid))?.start === process.start
}

/** The title that Nginx gives its processes, e.g. `nginx: worker process is shutting down`; '' when gone. */
export async function processTitle(pid: number): Promise<string> {
  const text = await readProc(`${pid}/cmdline`)
  return (text ?? '').split('\0').join(' ').trim()
}

/** Resident memory in bytes; 0 when gone. */
export async function residentBytes(pid: number): Promise<number> {
  const status = (await readProc(`${pid}/status`)) ?? ''
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
}

/** The numbers this process has in its own and all nested namespaces: what Nginx writes in a container is the last. */
export async function pidsAcrossNamespaces(pid: number): Promise<number[]> {
  const status = (await readProc(`${pid}/status`)) ?? ''
  const nested = /^NSpid:\s+(.+)$/m.exec(status)?.[1]?.split(/\s+/).map(Number) ?? []
  return [...new Set([pid, ...nested])]
}

/** Milliseconds since boot. */
export async function uptime(): Promise<number> {
  return Number(((await readProc('uptime')) ?? '0').split(' ')[0]) * 1000
}

/** Age of a process in ms, independent of the wall clock. */
export function ageOf(process: ProcessIdentity, uptimeMs: number): number {
  return Math.max(0, Math.round(uptimeMs - (process.start * 1000) / TICKS_PER_SECOND))
}
