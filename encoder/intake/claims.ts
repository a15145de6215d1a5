import { messageOf } from '../../shared/errors/problem.ts'
import type { Logger } from '../../shared/log.ts'
import { formatDuration } from '../../shared/units/duration.ts'
import { chooseBatch } from './choose.ts'
import { claimBatch, type ClaimDeps, type ClaimOutcome, completeClaims } from './claim.ts'
import { judge, type SourceGroup } from './judge.ts'
import type { IntakeState } from './state.ts'

export interface ClaimsOptions extends ClaimDeps {
  readonly state: IntakeState
  readonly settle: number
  readonly rescan: number
  /** Claims in one transaction of the ledger. */
  readonly batch: number
  readonly log: Pick<Logger, 'error'>
  /** After a pass: when to look again, ms from now. */
  readonly ended: () => void
}

export interface Claims {
  /** Claims what is ready, unless that is being done. */
  begin(): void
  /** Resolves when nothing is being claimed. */
  settled(): Promise<void>
}

/** The pass that claims all that is ready, batch after batch: one at a time, beside the looks, so that a long copy from another file system holds up none. */
export function claimsInPasses(options: ClaimsOptions): Claims {
  const { state, ledger, begun, settle, rescan, log } = options
  let pass: Promise<void> | undefined

  function begin(): void {
    pass ??= claimAll().finally(() => {
      pass = undefined
      state.claiming = []
      options.ended()
    })
  }

  async function claimAll(): Promise<void> {
    try {
      if (begun.size > 0 && state.problems.folder === null) await completeClaims([...begun.values()], options)
      let more = mayGoOn()
      while (more) more = await claimSome()
      if (begun.size === 0) state.problems.claims = null
    } catch (error) {
      const message = `Sources cannot be taken into the work area (${messageOf(error)}); it is tried again every ${formatDuration(rescan)}.`
      if (state.problems.claims === null) log.error({ err: error }, `intake: ${message}`)
      state.problems.claims = { code: 'claim_failed', message, blocking: true }
    }
  }

  function mayGoOn(): boolean {
    return options.signal?.aborted !== true && state.problems.folder === null && state.paused === null
  }

  /** Claims what is ready now, batch after batch. False: there was nothing that may be claimed. Throws what this host could not do. */
  async function claimSome(): Promise<boolean> {
    let rest = judge(state.files, settle, state.moment.elapsed).ready
    let some = false
    while (mayGoOn()) {
      // While this host is in trouble one claim tells as much as many.
      const { chosen, refused } = chooseBatch(rest, ledger, state.problems.claims === null ? options.batch : 1)
      for (const [group, why] of refused) state.hold(group, { ...why, retryAt: null })
      if (chosen.length === 0) return some
      some = true
      const looked = new Set([...chosen, ...refused.keys()])
      rest = rest.filter((group) => !looked.has(group))
      await claimThese(chosen)
    }
    return false
  }

  async function claimThese(chosen: readonly SourceGroup[]): Promise<void> {
    state.claiming = chosen.flatMap(({ source, companions }) => [source, ...companions].map(({ key }) => key))
    const outcomes = await claimBatch(chosen, options)
    for (const [group, outcome] of outcomes) note(group, outcome)
    state.claiming = []
    const failed = [...outcomes.values()].find((outcome) => outcome.kind === 'failed')
    if (failed !== undefined) throw failed.error
    state.problems.claims = null
  }

  function note(group: SourceGroup, outcome: ClaimOutcome): void {
    const { elapsed } = state.moment
    if (outcome.kind === 'claimed') state.took(group)
    else if (outcome.kind === 'changed') state.restart(group)
    else if (outcome.kind === 'held') state.hold(group, { reason: outcome.reason, detail: outcome.detail, retryAt: elapsed + (outcome.reason === 'open_for_writing' ? Math.max(settle, 50) : rescan * 3) })
    // Later than the next pass, so that one that always fails does not keep the others from their turn.
    else state.hold(group, { reason: 'claim_failed', detail: `It could not be moved into the work area: ${messageOf(outcome.error)}.`, retryAt: elapsed + rescan * 3 })
  }

  return { begin, settled: async () => pass }
}
