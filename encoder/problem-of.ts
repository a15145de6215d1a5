import { Problem } from '../shared/errors/problem.ts'
import { errors } from './errors.ts'
import { asJobError } from './jobs/as-job-error.ts'
import { forTheCaller, inWords, JobError, type FaultKind } from './job-errors.ts'

const KINDS = {
  source: errors.sourceRefused,
  tool: errors.environment,
  environment: errors.environment,
  destination: errors.storeUnavailable,
  ours: errors.internal,
} as const satisfies Record<FaultKind, unknown>

/**
 * What stops a job, where somebody waits for an answer: its sentence and its advice as a problem. A disk that is full or
 * cannot be written stops a call as well. Anything else is left as it is.
 */
export function problemOf(error: unknown, about = ''): unknown {
  if (!(error instanceof JobError)) {
    const { code, fault, message, advice } = asJobError(error)
    return fault === 'environment' ? new Problem(errors.storageFailed, `${about}${message}. ${advice}`, { job_error: code }, error) : error
  }
  const { code, fault, facts } = error
  return new Problem(KINDS[fault], `${about}${fault === 'destination' ? forTheCaller(error) : inWords(error)}`, { ...facts, job_error: code }, error)
}
