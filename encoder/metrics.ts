import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { addProcessMetrics } from '../shared/metrics/process-metrics.ts'
import { JOB_STATES, type EncoderControl, type JobView } from './jobs/contract.ts'
import { hasEnded } from './jobs/states.ts'

export interface EncoderMetrics {
  /** Text in the format of `contentType`. */
  text(): Promise<string>
  readonly contentType: string
  credentialFailed(reason: string): void
  [Symbol.dispose](): void
}

const OPEN_STATES = JOB_STATES.filter((state) => !hasEnded(state))
const MANY = 10_000
const SECONDS = [1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 43_200]

/** The encoder’s metrics in a registry of their own, asked of it at each scrape and fed by its events. docs/reference/encoder-metrics.md lists them. */
export function createEncoderMetrics(control: EncoderControl): EncoderMetrics {
  const registry = new Registry()
  const registers = [registry]
  const ended = new Counter({ name: 'greenroom_jobs_ended_total', help: 'Jobs that ended, by how.', labelNames: ['state', 'fault'], registers })
  const seconds = new Histogram({ name: 'greenroom_job_seconds', help: 'From the claim of a source to its asset being published.', buckets: SECONDS, registers })
  const playable = new Histogram({ name: 'greenroom_playable_seconds', help: 'From the claim of a source to the first moment at which its asset could be played.', buckets: SECONDS, registers })
  const chunks = new Counter({ name: 'greenroom_chunks_encoded_total', help: 'Chunks encoded; one that was encoded twice counts twice.', registers })
  const credentialFailures = new Counter({ name: 'greenroom_credential_failures_total', help: 'Calls without a valid credential.', labelNames: ['reason'], registers })
  addJobGauges(control, registry)
  addStoreGauges(control, registry)
  addProcessMetrics(registry, 'encoder')

  /** What was counted of each job that has not ended. */
  const known = new Map(control.jobs({ states: OPEN_STATES, limit: MANY }).map((job) => [job.id, { encoded: job.chunks.encoded, playable: job.playable_at !== null }]))
  const count = (job: JobView) => {
    // Told again after its end, it counts once.
    if (hasEnded(job.state) && !known.has(job.id)) return
    const before = known.get(job.id) ?? { encoded: 0, playable: false }
    chunks.inc(Math.max(0, job.chunks.encoded - before.encoded))
    // What was published before was playable before: no time at all, and a sum must never fall.
    if (job.playable_at !== null && !before.playable && job.playable_at >= job.created_at) playable.observe(secondsBetween(job.created_at, job.playable_at))
    if (!hasEnded(job.state)) {
      known.set(job.id, { encoded: job.chunks.encoded, playable: job.playable_at !== null })
      return
    }
    known.delete(job.id)
    ended.inc({ state: job.state, fault: job.error?.fault ?? '' })
    if (job.state === 'done' && job.ended_at !== null) seconds.observe(secondsBetween(job.created_at, job.ended_at))
  }
  const unsubscribe = control.subscribe((event) => {
    if (event.type === 'job') count(event.job)
  })

  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    credentialFailed: (reason) => credentialFailures.inc({ reason }),
    [Symbol.dispose]: unsubscribe,
  }
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000)
}

function addJobGauges(control: EncoderControl, registry: Registry): void {
  registry.registerMetric(new Gauge({
    name: 'greenroom_jobs', help: 'Jobs, by state; those that ended as long as they are remembered.', labelNames: ['state'], registers: [],
    collect() {
      for (const [state, number] of Object.entries(control.counts())) this.set({ state }, number)
    },
  }))
  registry.registerMetric(new Gauge({
    name: 'greenroom_jobs_blocked', help: 'Jobs that wait for ffmpeg, this host or the store, by whose fault it is.', labelNames: ['fault', 'code'], registers: [],
    collect() {
      this.reset()
      for (const { blocked } of control.jobs({ states: OPEN_STATES, limit: MANY })) if (blocked !== null) this.inc({ fault: blocked.fault, code: blocked.code })
    },
  }))
  registry.registerMetric(new Gauge({
    name: 'greenroom_encode_speed', help: 'Media seconds encoded per second, over all jobs together.', registers: [],
    collect() {
      this.set(control.jobs({ states: ['encoding'], limit: MANY }).reduce((sum, { speed }) => sum + (speed ?? 0), 0))
    },
  }))
  registry.registerMetric(new Gauge({
    name: 'greenroom_intake_waiting', help: 'Files in the ingest folder that are not claimed yet.', registers: [],
    collect() {
      this.set(control.intake().waiting)
    },
  }))
  registry.registerMetric(new Gauge({
    name: 'greenroom_intake_paused', help: '1 while intake is paused by hand.', registers: [],
    collect() {
      this.set(Number(control.intake().paused !== null))
    },
  }))
  registry.registerMetric(new Gauge({
    name: 'greenroom_intake_problem', help: '1 for what keeps sources from being taken: the ingest folder, or too little space in the work area.', labelNames: ['code'], registers: [],
    collect() {
      this.reset()
      const { problem } = control.intake()
      if (problem !== null) this.set({ code: problem.code }, 1)
    },
  }))
}

function addStoreGauges(control: EncoderControl, registry: Registry): void {
  registry.registerMetric(new Gauge({
    name: 'greenroom_store_problem', help: '1 for what keeps objects from being stored.', labelNames: ['fault', 'code'], registers: [],
    collect() {
      this.reset()
      const { problem } = control.publishing()
      if (problem !== null) this.set({ fault: problem.fault, code: problem.code }, 1)
    },
  }))
  const waiting = (name: string, help: string, value: 'objects' | 'bytes' | 'notices') =>
    registry.registerMetric(new Gauge({ name, help, registers: [], collect() { this.set(control.publishing()[value]) } }))
  waiting('greenroom_objects_waiting', 'Objects that are not stored yet.', 'objects')
  waiting('greenroom_bytes_waiting', 'Bytes of objects that are not stored yet.', 'bytes')
  waiting('greenroom_notices_waiting', 'Changes of pointers that after_publish has not taken yet.', 'notices')
}
