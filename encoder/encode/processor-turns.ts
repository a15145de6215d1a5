import { readdirSync, readFileSync } from 'node:fs'

/** What the threads of a process have had of processors. */
export interface ProcessorTurns {
  /** Time on one so far, ms. */
  readonly ran: number
  /** Time without one in which they could have run, ms; a wait that is not over yet is not in it. */
  readonly waited: number
  /** Whether one of them could run right now. */
  readonly ready: boolean
}

const NONE: ProcessorTurns = { ran: 0, waited: 0, ready: false }

/** Of all threads that it has now; nothing where it is gone or the kernel does not tell (CONFIG_SCHED_INFO). */
export function processorTurns(pid: number): ProcessorTurns {
  try {
    const all = readdirSync(`/proc/${pid}/task`).map((thread) => turnsOf(`/proc/${pid}/task/${thread}`))
    return all.reduce((sum, { ran, waited, ready }) => ({ ran: sum.ran + ran, waited: sum.waited + waited, ready: sum.ready || ready }), NONE)
  } catch {
    return NONE
  }
}

/** https://docs.kernel.org/scheduler/sched-stats.html: time on a processor and on a run queue, in ns. */
function turnsOf(thread: string): ProcessorTurns {
  try {
    const [ran, waited] = readFileSync(`${thread}/schedstat`, 'latin1').split(' ').map(Number)
    return { ran: (ran ?? 0) / 1e6, waited: (waited ?? 0) / 1e6, ready: /\) R /.test(readFileSync(`${thread}/stat`, 'latin1')) }
  } catch {
    // One that has just ended.
    return NONE
  }
}
