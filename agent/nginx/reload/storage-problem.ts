import { messageOf, Problem, systemCodeOf } from '../../../shared/errors/problem.ts'
import { errors } from '../../errors.ts'
import { storageFix } from '../../../shared/files/storage-fix.ts'

/** The Problem for a directory that could not be written; `state` says how things now are, as a clause. */
export function storageProblem(directory: string, state: string, cause: unknown): Problem {
  return new Problem(errors.storageFailed, `${directory} cannot be written (${messageOf(cause)}): ${state}; ${storageFix(cause, 'agent')}`, { directory, code: systemCodeOf(cause) ?? null }, cause)
}
