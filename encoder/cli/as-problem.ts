import { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import { JobError } from '../job-errors.ts'

/** What stops a job, as the problem that a command ends with: refused where it is the source's fault, failed where it is not. */
export function asProblem(error: unknown, about: string): unknown {
  if (!(error instanceof JobError)) return error
  const { code, fault, message, advice, facts } = error
  const kind = fault === 'source' ? errors.sourceRefused : fault === 'ours' ? errors.internal : errors.environment
  return new Problem(kind, `${about}${message}. ${advice}`, { ...facts, job_error: code }, error)
}
