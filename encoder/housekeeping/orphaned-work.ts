import { readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCodeOf } from '../../shared/errors/problem.ts'

export interface OrphanedWork {
  /** `<work>/jobs` */
  readonly directory: string
  /** Whether a job of this id may still need its directory. */
  readonly isNeeded: (job: string) => boolean
  /** Whether the ledger has a job of this id, ended or not. */
  readonly isKnown: (job: string) => boolean
  readonly dryRun: boolean
}

/**
 * Removes directories of jobs that have ended, or that the ledger does not know, as a crash between two steps leaves
 * them; never a source that a retry has brought back and not yet written down. Answers their names.
 */
export async function removeOrphanedWork({ directory, isNeeded, isKnown, dryRun }: OrphanedWork): Promise<string[]> {
  const orphans: string[] = []
  for (const job of await readdir(directory)) {
    if (isNeeded(job)) continue
    const path = join(directory, job)
    if (isKnown(job) && (await entriesOf(join(path, 'source'))).length > 0) continue
    orphans.push(job)
    if (dryRun) continue
    if (isKnown(job)) await removeAllButSource(path)
    else await rm(path, { recursive: true, force: true })
  }
  return orphans
}

/** A retry may bring the source back at this very moment: its folder goes only as long as it is empty. */
async function removeAllButSource(path: string): Promise<void> {
  for (const name of await entriesOf(path)) if (name !== 'source') await rm(join(path, name), { recursive: true, force: true })
  await removeEmpty(join(path, 'source'))
  await removeEmpty(path)
}

async function removeEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder)
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY'].includes(systemCodeOf(error) ?? '')) throw error
  }
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error) ?? '')) return []
    throw error
  }
}
