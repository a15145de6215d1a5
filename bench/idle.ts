import { setTimeout as delay } from 'node:timers/promises'
import { cpuNs } from './proc.ts'

/** Until V8 has done with what the work before left behind. */
const SETTLE_MS = 10_000
const IDLE_MS = 30_000

/** The share of one CPU that a process uses while nothing is asked of it (0 to 1). */
export async function idleCost(pid: number): Promise<number> {
  await delay(SETTLE_MS)
  const [began, before] = [performance.now(), await cpuNs([pid])]
  await delay(IDLE_MS)
  return ((await cpuNs([pid])) - before) / 1e6 / (performance.now() - began)
}
