import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

export interface OrphanedWork {
  /** `<work>/jobs` */
  readonly directory: string
  /** Whether a job of this id may still need its directory. */
  readonly isNeeded: (job: string) => boolean
  readonly dryRun: boolean
}

/** Removes directories of jobs that have ended, or that the ledger does not know, as a crash between two steps leaves them. Answers their names. */
export async function removeOrphanedWork({ directory, isNeeded, dryRun }: OrphanedWork): Promise<string[]> {
  const orphans = (await readdir(directory)).filter((job) => !isNeeded(job))
  if (!dryRun) for (const job of orphans) await rm(join(directory, job), { recursive: true, force: true })
  return orphans
}
