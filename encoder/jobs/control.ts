import { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import { inWords } from '../job-errors.ts'
import { problemOf } from '../problem-of.ts'
import type { Intake } from '../intake/contract.ts'
import type { Housekeeping } from '../housekeeping/housekeeping.ts'
import type { PublisherAdmin } from '../publish/admin.ts'
import type { AssetRecord } from '../publish/contract.ts'
import type { EncoderControl, EncoderEvent, JobView } from './contract.ts'
import type { IntakePause } from './intake-pause.ts'
import type { JobLedger, JobRow } from './ledger.ts'
import type { LiveProgress } from './live.ts'
import type { JobRunner } from './runner.ts'
import { dropAgain } from './reencode.ts'
import { hasEnded } from './states.ts'
import { viewOf } from './view.ts'

export interface ControlParts {
  readonly ledger: JobLedger
  readonly live: LiveProgress
  readonly runner: JobRunner
  readonly intake: Intake
  readonly pause: IntakePause
  readonly publisher: PublisherAdmin
  readonly housekeeping: Pick<Housekeeping, 'run' | 'due'>
  readonly ingestDirectory: string
  /** Brings the source of a job that ended back into the work area. @throws Problem `job_state` when it is no longer where it was put */
  readonly fetchBack: (row: JobRow) => Promise<void>
  /** Why no source may be taken for lack of space; null: there is enough. */
  readonly diskProblem: () => { readonly code: string; readonly message: string } | null
}

/** How those that subscribed are told; while nobody listens it costs nothing. */
export interface ControlEvents {
  readonly jobChanged: (id: string) => void
  readonly assetChanged: (name: string) => void
  readonly intakeChanged: () => void
}

/** What API and command line may ask of a running encoder. */
export function createControl(parts: ControlParts): EncoderControl & ControlEvents {
  const { ledger, runner, intake, pause, publisher } = parts
  const listeners = new Set<(event: EncoderEvent) => void>()
  const emit = (event: EncoderEvent) => {
    for (const listener of listeners) listener(event)
  }
  const view = (row: JobRow): JobView => viewOf(row, parts)

  const rowOf = (id: string): JobRow => {
    const row = ledger.find(id.toUpperCase())
    if (row === null) throw new Problem(errors.jobUnknown, `There is no job ${id}; greenroom-encoder jobs --all lists them`, { job: id })
    return row
  }
  const refuse = ({ id, state }: JobRow, wish: string, why: string): never => {
    throw new Problem(errors.jobState, `Job ${id} cannot be ${wish}: it is ${state}${why}`, { job: id, state })
  }
  const assetOf = (name: string): AssetRecord => {
    const asset = publisher.asset(name)
    if (asset === null) throw new Problem(errors.assetUnknown, `There is no asset ${name}; greenroom-encoder assets lists them`, { asset: name })
    return asset
  }

  return {
    jobChanged(id) {
      const row = listeners.size === 0 ? null : ledger.find(id)
      if (row !== null) emit({ type: 'job', job: view(row) })
    },
    assetChanged(name) {
      const asset = listeners.size === 0 ? null : publisher.asset(name)
      if (asset !== null) emit({ type: 'asset', asset })
    },
    intakeChanged() {
      if (listeners.size > 0) emit({ type: 'intake', waiting: intake.waiting().length, paused: intake.paused })
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    jobs: (filter) => ledger.list(filter).map(view),
    job: (id) => {
      const row = rowOf(id)
      return { ...view(row), attempts: ledger.attempts(row.id), history: ledger.history(row.id) }
    },
    counts: () => ledger.counts(),
    async retry(name) {
      const row = rowOf(name)
      const { id, state } = row
      if (state === 'failed' || state === 'cancelled') {
        await parts.fetchBack(row)
        ledger.restart(id, 'a retry was asked for')
      } else if (row.blocked !== null) ledger.change(id, { blocked: null, failures: 0 })
      else if (state === 'publishing' && publisher.problem() !== null) publisher.retry()
      else refuse(row, 'retried', ', so there is nothing to retry')
      runner.consider(id)
      return view(ledger.get(id))
    },
    async cancel(name) {
      const row = rowOf(name)
      const { id, state } = row
      if (hasEnded(state)) refuse(row, 'cancelled', ' already')
      if (state === 'claiming' || state === 'finishing') refuse(row, 'cancelled', ' and will be elsewhere in a moment')
      ledger.change(id, { cancelled_by: 'operator' })
      await runner.interrupt(id, 'cancelled')
      runner.consider(id)
      return view(ledger.get(id))
    },
    async pause(name) {
      const row = rowOf(name)
      const { id, state } = row
      if (hasEnded(state) || state === 'finishing') refuse(row, 'paused', '')
      // A chunk that is being encoded is finished first: the work sees the mark at its end.
      ledger.change(id, { paused: true })
      if (state !== 'encoding') await runner.interrupt(id, 'paused')
      return view(ledger.get(id))
    },
    async resume(name) {
      const row = rowOf(name)
      if (!row.paused) refuse(row, 'resumed', ' and not paused')
      ledger.change(row.id, { paused: false })
      runner.consider(row.id)
      return view(ledger.get(row.id))
    },
    prioritise(name, priority) {
      const row = rowOf(name)
      if (hasEnded(row.state)) refuse(row, 'given a priority', '')
      ledger.change(row.id, { priority })
      runner.reprioritise(row.id, priority)
      return view(ledger.get(row.id))
    },
    waiting: () => intake.waiting(),
    intake: () => {
      const problem = intake.problem() ?? parts.diskProblem()
      return { paused: intake.paused, problem: problem === null ? null : { code: problem.code, message: problem.message }, waiting: intake.waiting().length }
    },
    pauseIntake(reason) {
      // In this order: what cannot be written down holds until a restart at least.
      intake.pause(reason)
      pause.pause(reason)
    },
    resumeIntake() {
      pause.resume()
      intake.resume()
    },
    assets: (page) => publisher.assets(page),
    asset: assetOf,
    rollbackAsset: async (name, to) => {
      assetOf(name)
      return publisher.rollback(name, to)
    },
    async reencode(name) {
      const { current, versions } = assetOf(name)
      // What viewers are on, which need not be what came last: after a rollback the newest source is the one nobody wants.
      const shown = versions.find(({ version }) => version === current)
      const last = shown === undefined ? ledger.lastDone(name) : ledger.lastDoneOf(name, shown.source_sha256, shown.profile_hash)
      if (last === null) throw new Problem(errors.jobState, `No job that published ${name} is known here, so its source cannot be found. Drop it into the ingest folder again.`, { asset: name })
      const dropped = await dropAgain(last, parts.ingestDirectory)
      await intake.rescan()
      return { name: dropped }
    },
    verify: (name, signal) => publisher.verify(name === undefined ? undefined : assetOf(name).asset, signal),
    repair: (name, signal) => publisher.repair(name === undefined ? undefined : assetOf(name).asset, signal),
    async housekeeping({ dryRun }) {
      const reports = []
      const failures: { readonly name: string; readonly error: unknown }[] = []
      for (const { name } of parts.housekeeping.due()) {
        try {
          reports.push({ task: name, ...(await parts.housekeeping.run(name, { dryRun })) })
        } catch (error) {
          failures.push({ name, error })
        }
      }
      const [first] = failures
      if (first !== undefined) throw problemOf(first.error, `${failures.map(({ name }) => name).join(', ')} could not be done, all else was: `)
      return reports
    },
    publishing: () => ({ problem: publisher.problem(), ...publisher.waiting() }),
    ready() {
      const { paused } = intake
      const folder = intake.problem()
      const disk = parts.diskProblem()
      const store = publisher.problem()
      const problems = [
        ...(disk === null ? [] : [disk.message]),
        ...(folder !== null && folder.blocking ? [folder.message] : []),
        ...(paused === null ? [] : [`Intake is paused: ${paused}`]),
        ...(store === null ? [] : [inWords(store)]),
      ]
      return { ready: problems.length === 0, problems }
    },
  }
}
