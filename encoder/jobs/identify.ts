import { createHash } from 'node:crypto'
import { systemCodeOf } from '../../shared/errors/problem.ts'
import { hashFile } from '../hash-file.ts'
import type { ClaimedSource } from '../intake/contract.ts'
import { JobError, jobErrors } from '../job-errors.ts'

/** SHA-256 of a claimed file, hex. @throws JobError `source_changed` when it is gone, or the signal's reason */
export async function hashSource(path: string, signal: AbortSignal): Promise<string> {
  try {
    return await hashFile(path, signal)
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error
    throw new JobError(jobErrors.sourceChanged, 'The source is gone from the work area', 'Drop it again.', {}, error)
  }
}

/** What makes two versions of one source differ beside the profile: its options and its captions. Hex. */
export async function hashCompanions({ options, captions }: ClaimedSource, profileHash: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256').update(profileHash).update(JSON.stringify(options))
  for (const { path, ...facts } of captions) hash.update(JSON.stringify(facts)).update(await hashSource(path, signal))
  return hash.digest('hex')
}
