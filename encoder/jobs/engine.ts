import { availableParallelism, totalmem } from 'node:os'
import { Problem } from '../../shared/errors/problem.ts'
import { acquireLock, LockHeld, type Lock } from '../../shared/files/lock.ts'
import type { Logger } from '../../shared/log.ts'
import type { EncoderConfig } from '../config.ts'
import { openTools } from '../encode/open-tools.ts'
import { reapOrphans } from '../encode/orphans.ts'
import { errors } from '../errors.ts'
import { startHousekeeping } from '../housekeeping/housekeeping.ts'
import { sourceTasks } from '../housekeeping/source-tasks.ts'
import { storeTasks } from '../housekeeping/store-tasks.ts'
import { openIntake } from '../intake/open.ts'
import { profileNames } from '../plan/resolve-profile.ts'
import { openStore } from '../publish/open-store.ts'
import { openPublisher } from '../publish/open.ts'
import { intakeLedger } from './claims.ts'
import { jobConcurrency } from './concurrency.ts'
import type { EncoderControl } from './contract.ts'
import { createControl, type ControlEvents } from './control.ts'
import { openDatabase } from './database.ts'
import { DiskGuard } from './disk-guard.ts'
import { fetchBack, finish } from './finish.ts'
import { intakePause } from './intake-pause.ts'
import { JobLedger } from './ledger.ts'
import { LiveProgress } from './live.ts'
import { make } from './make.ts'
import type { WorkParts } from './parts.ts'
import { JobRunner } from './runner.ts'
import { hasEnded } from './states.ts'
import type { OnJobStep } from './steps.ts'
import { publishVersion } from './steps/publish-version.ts'
import { cachedTools } from './tools-cache.ts'
import { openWorkArea } from './work-area.ts'

export interface Engine {
  readonly control: EncoderControl
  [Symbol.asyncDispose](): Promise<void>
}

/** Everything but the API: holds the work area, takes up what a process before this one left, and begins to take sources. */
export async function openEngine(config: EncoderConfig, log: Logger, onStep?: OnJobStep): Promise<Engine> {
  await using starting = new AsyncDisposableStack()
  const area = await openWorkArea(config.work.directory)
  starting.use(await holdWorkArea(area.lock))
  const reaped = await reapOrphans(area.root)
  if (reaped > 0) log.warn({ reaped }, `${reaped} ffmpeg processes that an encoder before this one left were ended`)

  const database = starting.adopt(openDatabase(area.database), (open) => open.close())
  const ledger = new JobLedger(database)
  const pause = intakePause(database)
  const disk = new DiskGuard(area.root, config.work.min_free)
  const store = starting.adopt(await openStore(config.store, { work: area.root }), async (open) => open.close())
  const publisher = starting.use(await openPublisher({ database, store, config: config.store, log, workDirectory: area.root, afterPublish: config.after_publish }))

  let told: ControlEvents | null = null
  const live = new LiveProgress((id) => told?.jobChanged(id))
  const parts: WorkParts = { config, log, database, ledger, live, publisher, area, disk, tools: cachedTools(config.tools, openTools), onStep }
  const runner = new JobRunner({
    ledger,
    log,
    work: { make: async (job, signal) => make(parts, job, signal), publish: async (job, signal) => publishVersion(parts, job, signal), finish: async (job, signal) => finish(parts, job, signal) },
    concurrency: jobConcurrency(config.jobs.concurrency, availableParallelism(), totalmem()),
    attempts: config.jobs.attempts,
  })
  starting.defer(async () => runner.stop())

  const claims = intakeLedger({ ledger, disk, consider: (job) => runner.consider(job) })
  const intake = starting.use(
    await openIntake({
      ingest: config.ingest,
      work: config.work,
      profiles: new Set(profileNames(config.profiles)),
      ledger: claims,
      paused: pause.reason,
      log,
      begun: ledger.unfinished().filter(({ state }) => state === 'claiming').map(({ id, claim }) => ({ job: id, claim })),
    }),
  )
  const tasks = [...storeTasks(publisher, config.housekeeping), ...sourceTasks({ config, jobs: area.jobs, isNeeded: (job) => isOpen(ledger, job), isKnown: (job) => ledger.find(job) !== null })]
  const housekeeping = starting.use(startHousekeeping(tasks, log))
  const control = createControl({ ledger, live, runner, intake, pause, publisher, housekeeping, ingestDirectory: config.ingest.directory, fetchBack, diskProblem: () => diskProblem(disk) })
  told = control
  const subscriptions = [ledger.subscribe(control.jobChanged), publisher.subscribe(control.assetChanged), intake.subscribe(control.intakeChanged)]
  starting.defer(() => {
    for (const unsubscribe of subscriptions) unsubscribe()
  })
  runner.start()

  const resources = starting.move()
  return { control, [Symbol.asyncDispose]: async () => resources.disposeAsync() }
}

async function holdWorkArea(path: string): Promise<Lock> {
  try {
    return await acquireLock(path)
  } catch (error) {
    if (!(error instanceof LockHeld)) throw error
    throw new Problem(errors.alreadyRunning, `Another encoder${error.pid === null ? '' : ` (process ${error.pid})`} works in this area: stop it, or give this one a work.directory of its own.`, { path, pid: error.pid }, error)
  }
}

function isOpen(ledger: JobLedger, job: string): boolean {
  const row = ledger.find(job)
  return row !== null && !hasEnded(row.state)
}

function diskProblem(disk: DiskGuard): { readonly code: string; readonly message: string } | null {
  const refusal = disk.refusal(0)
  return refusal === null ? null : { code: refusal.reason, message: refusal.detail }
}
