import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StoreConfig } from '../../encoder/config.ts'
import { openDatabase } from '../../encoder/jobs/database.ts'
import type { NewObject, NewVersion, Pointing } from '../../encoder/publish/contract.ts'
import { openStore } from '../../encoder/publish/open-store.ts'
import { openPublisher } from '../../encoder/publish/open.ts'
import type { PublishStep } from '../../encoder/publish/steps.ts'
import { createLogger } from '../../shared/log.ts'

/** What the process is told, in a file that its first argument names. */
export interface Script {
  readonly work: string
  readonly config: StoreConfig
  /** Program that is told of changed pointers. */
  readonly told: readonly string[]
  readonly versions: readonly ScriptedVersion[]
  /** Step at which it kills itself, the first time that it comes to it with a version of this run. */
  readonly doomed: PublishStep | null
}

export interface ScriptedVersion {
  readonly version: NewVersion
  readonly objects: readonly NewObject[]
  /** In their order, with the number of objects that are stored before. */
  readonly pointings: readonly { readonly objects: number; readonly pointing: Pointing }[]
  /** It is given up after its first pointing. */
  readonly abandoned: boolean
}

// The publisher alone, as a job drives it: each version step by step, then housekeeping. What is done is noted in a
// file, as the ledger of jobs does; all else is begun again.
const script = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Script
const { work, config, told, versions, doomed } = script
const log = createLogger({ level: 'info', name: 'publisher-process' })
let armed = false

const database = openDatabase(join(work, 'jobs.sqlite'))
const store = await openStore(config)
const publisher = await openPublisher({
  database, store, config, log, workDirectory: work,
  afterPublish: { command: [...told], timeout: 5000 },
  backoff: { first: 10, most: 100, environment: 50 },
  onStep(step) {
    if (armed && step === doomed) process.kill(process.pid, 'SIGKILL')
  },
})

const doneFile = join(work, 'done')
const done = existsSync(doneFile) ? readFileSync(doneFile, 'utf8').split('\n') : []
const { signal } = new AbortController()
const left = versions.filter(({ version }) => !done.includes(version.version))
for (const [index, { version: of, objects, pointings, abandoned }] of left.entries()) {
  const { version } = of
  // What an earlier run left is ended first, so that this run dies with work of its own.
  if (index === left.length - 1) armed = true
  publisher.begin(of)
  for (const { objects: count, pointing } of pointings) {
    publisher.add(version, objects.slice(0, count))
    await publisher.stored(version, signal)
    await publisher.point(version, pointing, signal)
    if (abandoned) break
  }
  if (abandoned) await publisher.abandon(version)
  appendFileSync(doneFile, `${version}\n`)
  await publisher.collectVersions(signal)
}
await publisher.settled(signal)
await publisher.collectVersions(signal)
process.stdout.write('done\n')
await publisher.stop()
await store.close()
database.close()
