import { readFile } from 'node:fs/promises'

/** Ticks of /proc are 10 ms on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** CPU-seconds of a process and of all children that it has waited for, so far. */
export async function cpuSeconds(pid: number | 'self'): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold anything; the numbers begin after it, with the third field.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND
}

export interface Cost {
  readonly cpu_s: number
  readonly wall_s: number
}

export async function costOf(pid: number | 'self', work: () => Promise<unknown>): Promise<Cost> {
  const [before, began] = [await cpuSeconds(pid), performance.now()]
  await work()
  return { cpu_s: (await cpuSeconds(pid)) - before, wall_s: (performance.now() - began) / 1000 }
}
