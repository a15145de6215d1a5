import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { BegunClaim, ClaimedSource, IntakeLedger, PlannedClaim } from '../../encoder/intake/contract.ts'

type Entry =
  | { readonly kind: 'begun'; readonly job: string; readonly claim: PlannedClaim }
  | { readonly kind: 'claimed'; readonly job: string; readonly source: ClaimedSource }
  | { readonly kind: 'withdrawn'; readonly job: string; readonly why: string }

/** A ledger that outlives the process that writes it, so that a test can kill one. */
export function fileLedger(file: string): IntakeLedger & { entries(): Entry[]; begun(): BegunClaim[] } {
  const entries = (): Entry[] => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as Entry) : [])
  const append = (entry: Entry) => appendFileSync(file, `${JSON.stringify(entry)}\n`)
  return {
    entries,
    begun: () => entries().flatMap((entry) => (entry.kind === 'begun' && !entries().some(({ kind, job }) => kind !== 'begun' && job === entry.job) ? [{ job: entry.job, claim: entry.claim }] : [])),
    mayClaim: () => null,
    begin(claims) {
      const first = entries().filter(({ kind }) => kind === 'begun').length
      return claims.map((claim, index) => {
        append({ kind: 'begun', job: `job-${first + index}`, claim })
        return `job-${first + index}`
      })
    },
    claimed: (job, source) => append({ kind: 'claimed', job, source }),
    withdrawn: (job, why) => append({ kind: 'withdrawn', job, why }),
  }
}
