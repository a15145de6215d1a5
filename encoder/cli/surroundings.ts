import type { Client } from '../../shared/cli/client.ts'
import type { JobState, JobView } from '../jobs/contract.ts'
import type { Surroundings } from './render-jobs.ts'

export interface JobsPage {
  readonly jobs: readonly JobView[]
  readonly counts: Readonly<Record<JobState, number>>
}

/** Intake and store, as they are beside the jobs. */
export async function askSurroundings(client: Client): Promise<Omit<Surroundings, 'counts'>> {
  const [intake, store] = await Promise.all([client.call<Surroundings['intake']>('GET', '/v1/intake'), client.call<Surroundings['store']>('GET', '/v1/store')])
  return { intake: intake.body, store: store.body }
}
