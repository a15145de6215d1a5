import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { JobError, jobErrors } from '../job-errors.ts'
import { systemCodeOf } from '../../shared/errors/problem.ts'
import type { ClaimedSource } from '../intake/contract.ts'

/** SHA-256 of a file, hex, read in large pieces. @throws JobError `source_changed` when it is gone, or the signal's reason */
export async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash, { signal })
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (systemCodeOf(error) !== 'ENOENT') throw error
    throw new JobError(jobErrors.sourceChanged, 'The source is gone from the work area', 'Drop it again.', {}, error)
  }
  return hash.digest('hex')
}

/** What makes two versions of one source differ beside the profile: its options and its captions. Hex. */
export async function hashCompanions({ options, captions }: ClaimedSource, profileHash: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256').update(profileHash).update(JSON.stringify(options))
  for (const { path, ...facts } of captions) hash.update(JSON.stringify(facts)).update(await hashFile(path, signal))
  return hash.digest('hex')
}
