import { open } from 'node:fs/promises'
import { systemCodeOf } from '../../../shared/errors/problem.ts'
import { JobError, jobErrors } from '../../job-errors.ts'
import type { ProfileLimits } from '../../plan/profile.ts'

/** A cheap look at the bytes: refuses what is no media, each kind with its own sentence. Answers the size. */
export async function lookAtBytes(path: string, _limits: ProfileLimits): Promise<number> {
  try {
    await using file = await open(path, 'r')
    const { size } = await file.stat()
    if (size === 0) throw new JobError(jobErrors.emptyFile, 'it has no bytes', 'Copy it again and drop it again.')
    return size
  } catch (error) {
    if (error instanceof JobError) throw error
    throw unreadable(error)
  }
}

function unreadable(error: unknown): JobError {
  const code = systemCodeOf(error)
  if (code === 'ENOENT') return new JobError(jobErrors.sourceChanged, 'it is no longer where it was claimed to', 'Drop it again.', {}, error)
  return new JobError(jobErrors.storageFailed, `it cannot be read (${code ?? String(error)})`, 'Check the disk and the permissions of the work area.', {}, error)
}
