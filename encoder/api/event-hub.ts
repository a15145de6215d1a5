import type { EncoderControl, EncoderEvent, JobView } from '../jobs/contract.ts'

/** Progress of a job is told at most this often; everything else at once. */
const USUAL_INTERVAL_MS = 500

export interface EventHub {
  subscribe(listener: (event: EncoderEvent) => void): () => void
  [Symbol.dispose](): void
}

interface Told {
  /** What the last event said, apart from progress. */
  facts: string
  at: number
  /** Waits to be told, at most one per job. */
  pending: JobView | null
  timer: NodeJS.Timeout | null
}

/** What people wait for is told at once; numbers that run are told twice a second, so that ten readers of fifty jobs cost little. */
export function createEventHub(control: Pick<EncoderControl, 'subscribe'>, intervalMs = USUAL_INTERVAL_MS): EventHub {
  const listeners = new Set<(event: EncoderEvent) => void>()
  const jobs = new Map<string, Told>()

  const tell = (event: EncoderEvent) => {
    for (const listener of listeners) listener(event)
  }
  const tellJob = (job: JobView, told: Told) => {
    if (told.timer !== null) clearTimeout(told.timer)
    if (job.ended_at === null) jobs.set(job.id, { facts: factsOf(job), at: performance.now(), pending: null, timer: null })
    else jobs.delete(job.id)
    tell({ type: 'job', job })
  }
  const onJob = (job: JobView) => {
    const told = jobs.get(job.id) ?? { facts: '', at: 0, pending: null, timer: null }
    const wait = told.at + intervalMs - performance.now()
    if (factsOf(job) !== told.facts || wait <= 0) return tellJob(job, told)
    told.pending = job
    told.timer ??= setTimeout(() => {
      if (told.pending !== null) tellJob(told.pending, told)
    }, wait).unref()
  }

  const unsubscribe = control.subscribe((event) => {
    if (event.type === 'job') onJob(event.job)
    else tell(event)
  })
  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    [Symbol.dispose]() {
      unsubscribe()
      for (const { timer } of jobs.values()) if (timer !== null) clearTimeout(timer)
      listeners.clear()
    },
  }
}

function factsOf({ state, paused, blocked, priority, attempt, playable_at, error, chunks, notes, renditions }: JobView): string {
  return JSON.stringify([state, paused, blocked, priority, attempt, playable_at, error, chunks, notes.length, renditions.length])
}
