import type { JobView } from '../../encoder/jobs/contract.ts'
import { follow, type Followed } from './server-events.ts'

/** Follows the jobs of an encoder, for so long at most. */
export async function followJobs(encoder: { readonly url: string; readonly token: string }, deadlineMs: number): Promise<Followed<JobView>> {
  return follow<JobView>('job', encoder, AbortSignal.timeout(deadlineMs))
}
