import { messageOf, systemCodeOf } from '../../shared/errors/problem.ts'
import { JobError, jobErrors } from '../job-errors.ts'

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT'])
// SQLite says it in its own words, and what exactly in the bits above the lowest eight.
const SQLITE_FULL = 13
/** READONLY, IOERR, CANTOPEN. */
const SQLITE_STORAGE = new Set([8, 10, 14])
const STORAGE = new Set(['EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENFILE', 'ENODEV', 'ESTALE'])

/** Whatever stopped a job, as a JobError: faults of the disk are the host's, and what nobody foresaw is ours. */
export function asJobError(thrown: unknown): JobError {
  if (thrown instanceof JobError) return thrown
  const code = systemCodeOf(thrown) ?? ''
  const path = thrown instanceof Error && 'path' in thrown ? ` (${String(thrown.path)})` : ''
  const sqlite = code === 'ERR_SQLITE_ERROR' ? (thrown as { errcode: number }).errcode & 0xff : null
  const where = sqlite === null ? path : ' (the ledger in the work area)'
  const full = NO_SPACE.has(code) || sqlite === SQLITE_FULL
  if (full) return new JobError(jobErrors.noSpace, `The disk is full: ${messageOf(thrown)}${where}`, 'Free some space; it goes on by itself.', {}, thrown)
  if (STORAGE.has(code) || (sqlite !== null && SQLITE_STORAGE.has(sqlite))) {
    return new JobError(jobErrors.storageFailed, `${messageOf(thrown)}${where}`, 'Make the directory readable and writable for the encoder; it goes on by itself.', {}, thrown)
  }
  return new JobError(jobErrors.internal, `The encoder made a mistake: ${messageOf(thrown)}`, 'Please report it, with the log of the encoder around this time.', {}, thrown)
}
