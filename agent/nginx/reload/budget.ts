import { setTimeout as delay } from 'node:timers/promises'
import { Problem } from '../../../shared/errors/problem.ts'
import { formatDuration } from '../../../shared/units/duration.ts'
import { formatSize } from '../../../shared/units/size.ts'
import type { AgentConfig } from '../../config.ts'
import { errors } from '../../errors.ts'
import type { Master } from '../process/master.ts'
import { lingeringWorkers } from '../process/workers.ts'
import type { LingeringWorker } from '../traffic.ts'

const LOOK_MS = 50

type Budget = Pick<AgentConfig['nginx'], 'lingering_workers' | 'lingering_memory' | 'lingering_wait'>

/**
 * Waits until the workers of earlier reloads are within the budget. Throws Problem `reload_budget` after lingering_wait,
 * and the signal’s reason when that comes first.
 */
export async function untilWithinBudget(master: Master, budget: Budget, signal: AbortSignal): Promise<void> {
  const began = performance.now()
  for (;;) {
    const waited = performance.now() - began
    if (await isWithinBudget(master, budget, waited >= budget.lingering_wait ? waited : null)) return
    await delay(LOOK_MS, undefined, { signal })
  }
}

/** Throws Problem `reload_budget` while more lingers than is allowed. */
export async function refuseOverBudget(master: Master, budget: Budget): Promise<void> {
  await isWithinBudget(master, budget, 0)
}

/** Throws instead of answering false where somebody has waited long enough, `waited` ms. */
async function isWithinBudget(master: Master, budget: Budget, waited: number | null): Promise<boolean> {
  const lingering = await lingeringWorkers(master)
  if (lingering.length <= budget.lingering_workers && memoryOf(lingering) <= budget.lingering_memory) return true
  if (waited === null) return false
  throw overBudget(lingering, budget, waited)
}

function memoryOf(workers: readonly LingeringWorker[]): number {
  return workers.reduce((sum, worker) => sum + worker.rss_bytes, 0)
}

function overBudget(lingering: readonly LingeringWorker[], budget: Budget, waited: number): Problem {
  const each = lingering.map((worker) => `${worker.pid} (since ${seconds(worker.age_ms)}, ${mebibytes(worker.rss_bytes)})`).join(', ')
  return new Problem(
    errors.reloadBudget,
    `${waited === 0 ? 'Right now' : `After ${formatDuration(Math.round(waited))}`}, ${lingering.length} workers of earlier reloads still hold connections, in all ${mebibytes(memoryOf(lingering))}: ${each}. ` +
      `Allowed are ${budget.lingering_workers} workers and ${formatSize(budget.lingering_memory)}. ` +
      'Wait for their clients, end them with "kill <pid>" (that cuts their connections), or raise nginx.lingering_workers or nginx.lingering_memory.',
    { lingering },
  )
}

function seconds(ms: number): string {
  return formatDuration(Math.max(1000, Math.round(ms / 1000) * 1000))
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`
}
