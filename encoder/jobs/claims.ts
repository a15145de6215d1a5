import type { IntakeLedger } from '../intake/contract.ts'
import type { DiskGuard } from './disk-guard.ts'
import type { JobLedger } from './ledger.ts'

export interface ClaimParts {
  readonly ledger: JobLedger
  readonly disk: DiskGuard
  /** A claimed job may run now. */
  readonly consider: (job: string) => void
}

/** What intake writes to, before and after it moves a source. */
export function intakeLedger({ ledger, disk, consider }: ClaimParts): IntakeLedger {
  return {
    mayClaim: (bytes) => disk.refusal(bytes),
    begin: (claims) => ledger.begin(claims),
    claimed(job, source) {
      ledger.enter(job, 'queued', 'claimed', { source, asset: source.asset, profile: source.profile, priority: source.options.priority ?? 0 })
      consider(job)
    },
    withdrawn(job) {
      ledger.withdraw(job)
    },
  }
}
