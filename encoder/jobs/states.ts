import type { JobState } from './contract.ts'

/**
 * Which state may follow which. Every state in between leads to `failed` (the source or a mistake of ours) and to
 * `cancelled`; from there and from `failed` a retry leads back to `queued`. Where a job stood when the daemon died it
 * stands after the restart: each state's work is safe to begin again.
 */
const NEXT: Readonly<Record<JobState, readonly JobState[]>> = {
  /** The rows are written; the files are being moved. `cancelled`: they could not be, the claim is withdrawn. */
  claiming: ['queued', 'cancelled'],
  queued: ['probing', 'failed', 'cancelled'],
  /** Facts, verdict, plan. `finishing`: the same was published before. */
  probing: ['encoding', 'finishing', 'failed', 'cancelled'],
  encoding: ['publishing', 'failed', 'cancelled'],
  /** All is made; what is not stored yet is, then the pointers switch. */
  publishing: ['finishing', 'failed', 'cancelled'],
  /** Of an asset that grew the end is told; the source goes to its place, the work directory goes. */
  finishing: ['done', 'failed'],
  done: [],
  failed: ['queued'],
  cancelled: ['queued'],
}

export function mayFollow(from: JobState, to: JobState): boolean {
  return NEXT[from].includes(to)
}

/** States in which a job has ended, unless somebody asks for more. */
export function hasEnded(state: JobState): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled'
}
