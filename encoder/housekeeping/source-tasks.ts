import { join } from 'node:path'
import type { EncoderConfig } from '../config.ts'
import { removeOldSources } from './old-sources.ts'
import { removeOrphanedWork } from './orphaned-work.ts'
import type { HousekeepingTask } from './task.ts'

export interface SourceTaskParts {
  readonly config: Pick<EncoderConfig, 'ingest' | 'housekeeping'>
  /** `<work>/jobs` */
  readonly jobs: string
  /** Whether a job of this id may still need its directory. */
  readonly isNeeded: (job: string) => boolean
  /** Whether the ledger has a job of this id, ended or not. */
  readonly isKnown: (job: string) => boolean
}

/** What is tidied up on this host: sources that were kept long enough, and directories of jobs that have ended. */
export function sourceTasks({ config: { ingest, housekeeping }, jobs, isNeeded, isKnown }: SourceTaskParts): HousekeepingTask[] {
  return [
    {
      name: 'sources',
      cron: housekeeping.sources,
      async run(_signal, { dryRun }) {
        const now = Date.now()
        const done = await removeOldSources({ directory: ingest.done ?? join(ingest.directory, 'done'), keep: housekeeping.keep_done, now, dryRun })
        const failed = await removeOldSources({ directory: ingest.failed ?? join(ingest.directory, 'failed'), keep: housekeeping.keep_failed, now, dryRun })
        const orphans = await removeOrphanedWork({ directory: jobs, isNeeded, isKnown, dryRun })
        const verb = dryRun ? 'would be removed' : 'removed'
        return { summary: `${done.length} files of done, ${failed.length} of failed and ${orphans.length} orphaned work directories ${verb}`, attention: false, details: { done, failed, orphans } }
      },
    },
  ]
}
