import { messageOf, Problem, systemCodeOf } from '../../../shared/errors/problem.ts'
import { errors } from '../../errors.ts'

const FIXES: Readonly<Record<string, string>> = {
  ENOSPC: 'free some space there',
  EDQUOT: 'raise the quota, or free some space there',
  EROFS: 'the file system is mounted read-only: remount it writable, and look in the kernel log for why',
  EACCES: 'let the agent’s user own the directory',
  EPERM: 'let the agent’s user own the directory',
  ENOENT: 'create the directory, owned by the agent’s user',
  ENOTDIR: 'create the directory, owned by the agent’s user',
}

/** The Problem for a directory that could not be written; `state` says how things now are, as a clause. */
export function storageProblem(directory: string, state: string, cause: unknown): Problem {
  const code = systemCodeOf(cause)
  const fix = FIXES[code ?? ''] ?? 'look at its file system and the kernel log'
  return new Problem(errors.storageFailed, `${directory} cannot be written (${messageOf(cause)}): ${state}; ${fix}`, { directory, code: code ?? null }, cause)
}
