import { JobError, jobErrors } from '../job-errors.ts'
import type { ClaimedSource } from './contract.ts'

/** What a claimed source fails with before it is probed, or undefined. */
export function refusalOf({ fault }: Pick<ClaimedSource, 'fault'>): JobError | undefined {
  return fault === null ? undefined : new JobError(jobErrors.optionsInvalid, fault.message, fault.advice)
}
