import { messageOf } from '../../shared/errors/problem.ts'
import { type Arrival, arrivedInode, bringFiles, NotMovable, type OnStep, secure, spoiledBy } from './arrive.ts'
import { describeClaim } from './claimed-source.ts'
import type { BegunClaim, IntakeLedger, PlannedClaim } from './contract.ts'
import { ChangedMeanwhile } from './copy-across.ts'
import { printAt } from './disk.ts'
import type { Writers } from './held-open.ts'
import { inParallel } from '../in-parallel.ts'
import type { SourceGroup } from './judge.ts'
import { nameOf, type PathBytes } from './path-bytes.ts'
import { type Hindrance, hindranceOf, planClaim } from './plan-claim.ts'
import { inodeOf, mtimeMs } from './print.ts'
import { putBack } from './put-back.ts'
import { showPath } from './show-path.ts'

export interface ClaimDeps {
  readonly ingest: PathBytes
  readonly work: string
  readonly profiles: ReadonlySet<string>
  readonly ledger: IntakeLedger
  readonly findWriters: (inodes: ReadonlySet<string>) => Promise<Writers>
  /** Claims that stand in the ledger and have not ended, by job. What an error leaves here is taken up again by `completeClaims`. */
  readonly begun: Map<string, BegunClaim>
  readonly signal?: AbortSignal
  readonly onStep?: OnStep
}

/** What became of one group. `failed`: this host could not do it. */
export type ClaimOutcome = { readonly kind: 'claimed'; readonly job: string } | Hindrance | { readonly kind: 'failed'; readonly error: unknown }

/** Directories and files of so many claims are worked on at a time. */
const AT_ONCE = 16

/**
 * Claims sources that have settled: the ledger first, then the files. One look at all processes for the whole batch
 * before anything moves, and one after: from the moment a file has left the folder nobody can open it by its name, so
 * who does not have it open by then never will.
 */
export async function claimBatch(groups: readonly SourceGroup[], deps: ClaimDeps): Promise<Map<SourceGroup, ClaimOutcome>> {
  const outcomes = new Map<SourceGroup, ClaimOutcome>()
  const before = await deps.findWriters(new Set(groups.flatMap(({ source, companions }) => [source, ...companions].map(({ print }) => inodeOf(print)))))
  const planned: { group: SourceGroup; claim: PlannedClaim }[] = []
  await inParallel(groups, AT_ONCE, async (group) => {
    const hindrance = await hindranceOf(group, before, deps)
    if (hindrance !== undefined) outcomes.set(group, hindrance)
    else {
      const claim = await planClaim(group, deps)
      if (claim === undefined) outcomes.set(group, { kind: 'changed' })
      else planned.push({ group, claim })
    }
  })
  if (planned.length === 0) return outcomes

  const jobs = deps.ledger.begin(planned.map(({ claim }) => claim))
  const begun = planned.map(({ group, claim }, index) => ({ group, claim, job: jobs[index] ?? '' }))
  for (const entry of begun) deps.begun.set(entry.job, entry)
  await deps.onStep?.('begun')
  const ended = await completeClaims(begun, deps)
  for (const entry of begun) outcomes.set(entry.group, ended.get(entry) ?? { kind: 'changed' })
  return outcomes
}

/** From a claim that stands in the ledger to a source in the work area, or back. May be called again after a crash at any step. */
export async function completeClaims<T extends BegunClaim>(claims: readonly T[], deps: ClaimDeps): Promise<Map<T, ClaimOutcome>> {
  const outcomes = new Map<T, ClaimOutcome>()
  const arrived = new Map<T, readonly Arrival[]>()
  await inParallel(claims, AT_ONCE, async (entry) => {
    try {
      const arrivals = await bringFiles(deps.work, entry.job, filesOf(entry), deps)
      if (arrivals !== undefined) arrived.set(entry, arrivals)
      else await takeBack(entry, { kind: 'changed' }, 'the source is not in the ingest folder any more')
    } catch (error) {
      await takeBackFailed(entry, error)
    }
  })
  const inodes = await Promise.all([...arrived.values()].flat().map(arrivedInode))
  const writers = await deps.findWriters(new Set(inodes.filter((inode) => inode !== undefined)))
  await inParallel([...arrived], AT_ONCE, async ([entry, arrivals]) => {
    const complaint = await firstComplaint(entry, arrivals, writers)
    if (complaint === undefined) return
    arrived.delete(entry)
    await takeBack(entry, { kind: 'changed' }, complaint)
  })
  await deps.onStep?.('verified')
  await secure([...arrived.values()].flat(), deps)
  for (const [entry, arrivals] of arrived) {
    deps.ledger.claimed(entry.job, await describeClaim(entry.job, entry.claim, arrivals, deps))
    deps.begun.delete(entry.job)
    outcomes.set(entry, { kind: 'claimed', job: entry.job })
    await deps.onStep?.('claimed')
  }
  return outcomes

  async function takeBack(entry: T, outcome: ClaimOutcome, why: string): Promise<void> {
    await putBack(deps.work, entry.job, filesOf(entry))
    await deps.onStep?.('put back')
    deps.ledger.withdrawn(entry.job, why)
    deps.begun.delete(entry.job)
    outcomes.set(entry, outcome)
  }

  function takeBackFailed(entry: T, error: unknown): Promise<void> {
    if (deps.signal?.aborted === true) return takeBack(entry, { kind: 'changed' }, 'the encoder was stopped before the source had been copied')
    if (error instanceof ChangedMeanwhile) return takeBack(entry, { kind: 'changed' }, error.message)
    if (error instanceof NotMovable) return takeBack(entry, { kind: 'held', reason: 'not_movable', detail: `${error.message}.` }, error.message)
    return takeBack(entry, { kind: 'failed', error }, `it could not be moved into the work area: ${messageOf(error)}`)
  }
}

function filesOf({ claim }: BegunClaim): PathBytes[] {
  return claim.files.map((path) => Buffer.from(path, 'base64'))
}

async function firstComplaint({ claim }: BegunClaim, arrivals: readonly Arrival[], writers: Writers): Promise<string | undefined> {
  for (const arrival of arrivals) {
    const complaint = await spoiledBy(arrival, writers)
    if (complaint !== undefined) return `${showPath(nameOf(arrival.from))}: ${complaint}`
  }
  const [source] = arrivals
  const print = source && (await printAt(source.to))
  // A copy may lie on a file system that keeps no milliseconds; its original was compared above.
  const sameTime = print !== undefined && (source?.how === 'copied' || Math.abs(mtimeMs(print) - claim.mtime_ms) <= 1)
  const asPlanned = sameTime && Number(print.size) === claim.size
  return asPlanned ? undefined : 'it was written to after it had been claimed'
}
