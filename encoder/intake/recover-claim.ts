import { type ClaimDeps, type ClaimOutcome, completeClaims } from './claim.ts'
import type { BegunClaim } from './contract.ts'

/**
 * Ends a claim that an earlier process began, and tells the ledger how: with the source in the work area it is
 * finished; without it is withdrawn, and what is still in the ingest folder is found anew. `openIntake` does this by
 * itself for what it is given as `begun`, once the ingest folder is there.
 */
export async function recoverClaim(begun: BegunClaim, deps: Omit<ClaimDeps, 'begun'>): Promise<ClaimOutcome> {
  const outcomes = await completeClaims([begun], { ...deps, begun: new Map([[begun.job, begun]]) })
  return outcomes.get(begun) ?? { kind: 'changed' }
}
