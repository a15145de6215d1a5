import { monotonicFactory } from 'ulid'
import { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../../encoder/errors.ts'
import type { WaitingFile } from '../../encoder/intake/contract.ts'
import { JOB_STATES, type EncoderControl, type EncoderEvent, type JobDetail, type JobState, type JobView } from '../../encoder/jobs/contract.ts'
import { hasEnded } from '../../encoder/jobs/states.ts'
import type { StoreFault } from '../../encoder/publish/admin.ts'
import type { AssetRecord, PublishProblem, VersionRecord } from '../../encoder/publish/contract.ts'

/** Jobs and assets without any ffmpeg or store, for tests of those who show them and ask for changes. */
export interface MemoryEncoder extends EncoderControl {
  /** Adds a job or changes one, and tells it. */
  put(job: Partial<JobView> & { readonly id?: string }): JobView
  putAsset(record: AssetRecord): void
  /** What was asked for, in order: `cancel 01J…`, `rollback films/a to v1`. */
  readonly asked: string[]
  readonly files: WaitingFile[]
  problem: PublishProblem | null
  intakeProblem: { readonly code: string; readonly message: string } | null
  /** What `verify` finds and `repair` puts right. */
  storeFaults: StoreFault[]
  outbox: { objects: number; bytes: number; notices: number }
  readiness: { ready: boolean; problems: string[] }
  readonly listeners: number
}

export function memoryEncoder(): MemoryEncoder {
  const jobs = new Map<string, JobView>()
  const assets = new Map<string, AssetRecord>()
  const listeners = new Set<(event: EncoderEvent) => void>()
  const ulid = monotonicFactory()
  let paused: string | null = null

  const tell = (event: EncoderEvent) => {
    for (const listener of listeners) listener(event)
  }
  const find = (id: string): JobView => {
    const job = jobs.get(id.toUpperCase())
    if (job === undefined) throw new Problem(errors.jobUnknown, `There is no job ${id}`, { job: id })
    return job
  }
  const change = (wish: string, id: string, may: (job: JobView) => boolean, to: Partial<JobView>): JobView => {
    const job = find(id)
    if (!may(job)) throw new Problem(errors.jobState, `Job ${job.id} cannot be changed (${wish}): it is ${job.state}`, { job: job.id, state: job.state })
    encoder.asked.push(`${wish} ${job.id}`)
    return encoder.put({ id: job.id, ...to })
  }
  const tellIntake = () => tell({ type: 'intake', waiting: encoder.files.length, paused })

  const encoder: MemoryEncoder = {
    asked: [],
    files: [],
    problem: null,
    intakeProblem: null,
    storeFaults: [],
    outbox: { objects: 0, bytes: 0, notices: 0 },
    readiness: { ready: true, problems: [] },
    get listeners() {
      return listeners.size
    },
    put(given) {
      const before = given.id === undefined ? undefined : jobs.get(given.id)
      const job = { ...(before ?? initial(given.id ?? ulid(), given.asset ?? 'films/a')), ...given } as JobView
      jobs.set(job.id, job)
      tell({ type: 'job', job })
      return job
    },
    putAsset(record) {
      assets.set(record.asset, record)
      tell({ type: 'asset', asset: record })
    },
    jobs({ states = JOB_STATES, asset, limit = 100, before } = {}) {
      const fit = [...jobs.values()].filter((job) => states.includes(job.state) && (asset === undefined || job.asset === asset) && (before === undefined || job.id < before))
      const open = fit.filter(({ state }) => !hasEnded(state)).toSorted((a, b) => (a.id < b.id ? -1 : 1))
      const ended = fit.filter(({ state }) => hasEnded(state)).toSorted((a, b) => (a.id < b.id ? 1 : -1))
      return [...open, ...ended].slice(0, limit)
    },
    job(id): JobDetail {
      const job = find(id)
      return {
        ...job,
        attempts: job.started_at === null ? [] : [{ number: job.attempt, started_at: job.started_at, ended_at: job.ended_at, outcome: job.error?.code ?? null, stderr_tail: job.error === null ? '' : 'moov atom not found\n' }],
        history: [{ at: job.created_at, state: 'queued', detail: 'claimed' }],
      }
    },
    counts() {
      const counts = Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as Record<JobState, number>
      for (const { state } of jobs.values()) counts[state] += 1
      return counts
    },
    retry: async (id) => change('retry', id, ({ state, blocked }) => state === 'failed' || state === 'cancelled' || blocked !== null, { state: 'queued', error: null, blocked: null, ended_at: null }),
    cancel: async (id) => change('cancel', id, ({ state }) => !hasEnded(state), { state: 'cancelled', ended_at: new Date().toISOString() }),
    pause: async (id) => change('pause', id, ({ state }) => !hasEnded(state), { paused: true }),
    resume: async (id) => change('resume', id, (job) => job.paused, { paused: false }),
    prioritise: (id, priority) => change(`priority ${priority}`, id, ({ state }) => !hasEnded(state), { priority }),
    waiting: () => encoder.files,
    intake: () => ({ paused, problem: encoder.intakeProblem, waiting: encoder.files.length }),
    pauseIntake(reason) {
      paused = reason
      tellIntake()
    },
    resumeIntake() {
      paused = null
      tellIntake()
    },
    assets: ({ after, limit }) => {
      const byName = [...assets.values()].toSorted((a, b) => (a.asset < b.asset ? -1 : 1))
      return { total: byName.length, assets: byName.filter(({ asset }) => asset > after).slice(0, limit) }
    },
    asset(name) {
      const record = assets.get(name)
      if (record === undefined) throw new Problem(errors.assetUnknown, `There is no asset ${name}`, { asset: name })
      return record
    },
    async rollbackAsset(name, to) {
      const record = encoder.asset(name)
      const older = record.versions.find(({ version, current }) => (to === undefined ? !current : version === to))
      if (older === undefined) throw to === undefined ? new Problem(errors.nothingToRollBack, `${name} has one version`) : new Problem(errors.versionUnknown, `${name} has no version ${to}`)
      encoder.asked.push(`rollback ${name} to ${older.version}`)
      const after = { ...record, current: older.version, versions: record.versions.map((version) => Object.assign({}, version, { current: version === older })) }
      encoder.putAsset(after)
      return after
    },
    async reencode(name) {
      encoder.asked.push(`reencode ${encoder.asset(name).asset}`)
      return { name: `${name}.mp4` }
    },
    async verify(name) {
      const of = name === undefined ? [...assets.values()] : [encoder.asset(name)]
      return { assets: of.length, versions: of.length, objects: of.length * 10, bytes: of.length * 1000, faults: encoder.storeFaults }
    },
    async repair(name) {
      encoder.asked.push(`repair ${name ?? 'all'}`)
      return { repaired: encoder.storeFaults, beyond_repair: [] }
    },
    async housekeeping({ dryRun }) {
      encoder.asked.push(`housekeeping${dryRun ? ' (dry run)' : ''}`)
      return [{ task: 'versions', summary: `2 old versions ${dryRun ? 'would be deleted' : 'marked'}`, attention: false, details: null }]
    },
    publishing: () => ({ problem: encoder.problem, ...encoder.outbox }),
    ready: () => encoder.readiness,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return encoder
}

function initial(id: string, asset: string): JobView {
  return {
    id, asset, profile: 'default', version: id.toLowerCase(), source: { name: `${asset}.mp4`, size: 1_000_000, sha256: null },
    state: 'queued', paused: false, blocked: null, priority: 0, attempt: 1, progress: 0, speed: null, eta_s: null, duration_s: null, renditions: [],
    chunks: { planned: 0, done: 0, encoded: 0 }, publishing: { objects: 0, stored: 0, bytes: 0, stored_bytes: 0 }, playable_at: null, notes: [], error: null,
    created_at: new Date().toISOString(), started_at: null, ended_at: null,
  }
}

/** An asset of these versions, the first of them current. */
export function assetOf(asset: string, versions: readonly string[], document: AssetRecord['document'] = null): AssetRecord {
  const record = (version: string, index: number): VersionRecord => ({
    asset, version, job: version.toUpperCase(), source_name: `${asset}.mp4`, source_size: 1_000_000, source_sha256: 'a'.repeat(64), profile: 'default', profile_hash: 'b'.repeat(64),
    state: 'ready', current: index === 0, objects: 10, bytes: 1000, created_at: '2026-11-21T10:00:00.000Z', ready_at: '2026-11-21T10:01:00.000Z', grace_ends_at: null,
  })
  return { asset, current: versions[0] ?? null, document, versions: versions.map(record) }
}
