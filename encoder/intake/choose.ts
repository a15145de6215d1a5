import type { IntakeLedger } from './contract.ts'
import type { SourceGroup } from './judge.ts'

export interface Choice {
  readonly chosen: readonly SourceGroup[]
  /** Those the ledger does not want now, and why. */
  readonly refused: ReadonlyMap<SourceGroup, { readonly reason: string; readonly detail: string }>
}

/** The next sources to claim, as many as the ledger has room for. A small one may pass a large one that does not fit. */
export function chooseBatch(ready: readonly SourceGroup[], ledger: Pick<IntakeLedger, 'mayClaim'>, most: number): Choice {
  const chosen: SourceGroup[] = []
  const refused = new Map<SourceGroup, { reason: string; detail: string }>()
  let bytes = 0
  // What is too much once is too much for all that are as large: ten thousand files are not ten thousand questions.
  let least: { readonly bytes: number; readonly why: { reason: string; detail: string } } | undefined
  for (const group of ready) {
    if (chosen.length === most) break
    const wanted = bytes + [group.source, ...group.companions].reduce((sum, { print }) => sum + Number(print.size), 0)
    const why = least !== undefined && wanted >= least.bytes ? least.why : ledger.mayClaim(wanted)
    if (why === null) {
      chosen.push(group)
      bytes = wanted
    } else {
      least = { bytes: Math.min(wanted, least?.bytes ?? wanted), why }
      refused.set(group, why)
    }
  }
  return { chosen, refused }
}
