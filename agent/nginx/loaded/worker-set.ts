import type { ProcessIdentity } from '../process/proc.ts'
import { readProc } from '../process/proc.ts'
import type { Master } from '../process/master.ts'
import { serving, workersOf } from '../process/workers.ts'

/** The workers that serve one loaded configuration: a reload replaces every one of them, and nothing else does. */
export interface WorkerSet {
  /** Start times count from boot, so they say nothing without the boot they belong to. */
  readonly boot: string
  readonly master: ProcessIdentity
  readonly workers: readonly ProcessIdentity[]
}

export async function workerSetOf(master: Master): Promise<WorkerSet> {
  const workers = serving(await workersOf(master))
  return {
    boot: ((await readProc('sys/kernel/random/boot_id')) ?? '').trim(),
    master: identity(master),
    workers: workers.map(identity),
  }
}

/** Whether some worker of `earlier` still serves, so that no reload has taken effect in between. */
export function shareWorker(earlier: WorkerSet, now: WorkerSet): boolean {
  if (earlier.boot !== now.boot || key(earlier.master) !== key(now.master)) return false
  const before = new Set(earlier.workers.map(key))
  return now.workers.some((worker) => before.has(key(worker)))
}

export function sameWorkers(a: WorkerSet, b: WorkerSet): boolean {
  return shareWorker(a, b) && a.workers.map(key).toSorted().join() === b.workers.map(key).toSorted().join()
}

function identity({ pid, start }: ProcessIdentity): ProcessIdentity {
  return { pid, start }
}

function key({ pid, start }: ProcessIdentity): string {
  return `${pid}@${start}`
}
