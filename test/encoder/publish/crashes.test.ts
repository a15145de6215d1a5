import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test as T } from 'tap'
import type { StoreConfig } from '../../../encoder/config.ts'
import { PUBLISH_STEPS, type PublishStep } from '../../../encoder/publish/steps.ts'
import { memoryDirectory } from '../../support/memory-directory.ts'
import { noMinio, testMinio } from '../../support/minio.ts'
import { directoryConfig, makeVersion, minioConfig, NEVER, testPublisher } from '../../support/publisher.ts'
import type { Script, ScriptedVersion } from '../../support/publisher-process.ts'
import { storeReader, type Read } from '../../support/store-reader.ts'

const PROCESS = new URL('../../support/publisher-process.ts', import.meta.url).pathname

interface World {
  readonly work: string
  readonly config: StoreConfig
  readonly read: Read
}

function scripted(work: string, version: string, abandoned = false): ScriptedVersion {
  const made = makeVersion(work, abandoned ? 'given-up' : 'film', { version, segments: 4, bytes: 3000 })
  const objects = [...made.segments, made.playlist]
  return { version: made.version, objects, abandoned, pointings: [{ objects: 2, pointing: made.growing(2) }, { objects: 4, pointing: made.growing(4) }, { objects: 5, pointing: made.ready }] }
}

/** Runs the publisher's process to its end; kills it after so many ms. */
async function run({ work, config }: World, versions: readonly ScriptedVersion[], doomed: PublishStep | null, killAfter?: number): Promise<NodeJS.Signals | number | null> {
  const file = join(work, 'script.json')
  const script: Script = { work, config, versions, doomed, told: ['/bin/sh', '-c', `cat >> '${join(work, 'told')}'; echo >> '${join(work, 'told')}'`] }
  writeFileSync(file, JSON.stringify(script))
  const child = spawn(process.execPath, [PROCESS, file], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_COMPILE_CACHE: join(work, '..', 'compiled') } })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  if (killAfter !== undefined) {
    await Promise.race([once(child.stdout, 'close'), new Promise((resolve) => setTimeout(resolve, killAfter))])
    child.kill('SIGKILL')
  }
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  if (code !== null && code !== 0) throw new Error(`the publisher failed: ${output}`)
  return signal ?? code
}

/** What must be true when all has come to its end. */
async function agreed(t: T, world: World, versions: readonly ScriptedVersion[]): Promise<void> {
  await using of = await testPublisher(world.work, world.config)
  const { publisher, store, database } = of
  t.strictSame((await publisher.verify(undefined, NEVER)).faults, [])
  t.match(await publisher.reconcile(NEVER), { unknown: [], missing: [], restored: [], removed: [] })
  const keys: string[] = []
  for await (const { key } of store.list('', NEVER)) keys.push(key)
  const ledger = database.prepare(`SELECT key FROM objects WHERE state = 'stored' UNION SELECT key FROM pointers`).all().map(({ key }) => String(key))
  t.strictSame(keys.toSorted(), ledger.toSorted(), 'store and ledger agree exactly')
  t.equal(publisher.waiting().objects, 0)
  const last = versions.findLast(({ abandoned }) => !abandoned)
  t.match(publisher.asset('film'), { current: last?.version.version, document: { state: 'ready' } })
  const states = (publisher.asset('film')?.versions ?? []).filter(({ current }) => !current).map(({ state }) => state)
  t.strictSame(new Set(states), new Set(['deleted']), 'all others are gone')
  // At least once, and the last change last. A program whose caller is killed reads a text that ends early, and is called again.
  const lines = readFileSync(join(world.work, 'told'), 'utf8').split('\n').filter((line) => line.endsWith('}]}'))
  const told = lines.flatMap((line) => (JSON.parse(line) as { pointers: { version: string; key: string }[] }).pointers)
  for (const pointer of ['master.m3u8', 'manifest.mpd', 'asset.json']) {
    t.equal(told.findLast(({ key }) => key.endsWith(`film/${pointer}`))?.version, last?.version.version, `${pointer} was told`)
  }
}

async function killedAtEachStep(t: T, world: World): Promise<void> {
  const reader = storeReader(['film', 'given-up'], world.read)
  const versions: ScriptedVersion[] = []
  versions.push(scripted(world.work, 'v-000'))
  t.equal(await run(world, versions, null), 0)
  for (const [index, step] of PUBLISH_STEPS.entries()) {
    // Each run first ends what the one before left.
    versions.push(scripted(world.work, `v-${index + 1}00`, index % 4 === 3), scripted(world.work, `v-${index + 1}01`))
    t.equal(await run(world, versions, step), 'SIGKILL', `killed at ${step}`)
  }
  t.equal(await run(world, versions, null), 0)
  await reader.stop()
  t.strictSame(reader.faults, [], 'no reader ever saw anything broken')
  t.ok(reader.seen > 20)
  await agreed(t, world, versions)
}

async function killedAtRandom(t: T, world: World, rounds: number): Promise<void> {
  const reader = storeReader(['film', 'given-up'], world.read)
  const versions: ScriptedVersion[] = []
  for (let round = 0; round < rounds; round += 1) {
    for (let index = 0; index < 6; index += 1) versions.push(scripted(world.work, `r-${round}${index}`, index === 2))
    await run(world, versions, null, 350 + Math.random() * 700)
  }
  t.equal(await run(world, versions, null), 0)
  await reader.stop()
  t.strictSame(reader.faults, [], 'no reader ever saw anything broken')
  await agreed(t, world, versions)
}

async function directoryWorld(t: T): Promise<World> {
  const directory = await memoryDirectory(t)
  const media = join(directory, 'media')
  await mkdir(media)
  await mkdir(join(directory, 'work'))
  return {
    work: join(directory, 'work'),
    config: directoryConfig(media, { keep_versions: 0 }),
    read: (key) => readFile(join(media, key)).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? null : Promise.reject(error))),
  }
}

t.test('killed with -9 at each step, with a directory as store', async (t) => {
  const world = await directoryWorld(t)
  await killedAtEachStep(t, world)
  t.notOk(existsSync(join(world.config.directory, '.greenroom')) && readdirSync(join(world.config.directory, '.greenroom')).length > 0, 'no temporary file is left')
})

t.test('killed with -9 at random times, with a directory as store', async (t) => {
  await killedAtRandom(t, await directoryWorld(t), 4)
})

t.test('the same with MinIO', { skip: noMinio }, async (t) => {
  await using minio = await testMinio()
  const world = async (t: T): Promise<World> => {
    const work = join(await memoryDirectory(t), 'work')
    await mkdir(work)
    const client = minio.client()
    return {
      work,
      config: await minioConfig(minio, { keep_versions: 0, prefix: t.name.replaceAll(' ', '-') }),
      read: (key) =>
        client.getObject('media', `${t.name.replaceAll(' ', '-')}/${key}`).then(async (stream) => Buffer.concat(await stream.toArray()), (error: { code?: string }) => (error.code === 'NoSuchKey' ? null : Promise.reject(error as Error))),
    }
  }
  await t.test('at each step', async (t) => killedAtEachStep(t, await world(t)))
  await t.test('at random times', async (t) => killedAtRandom(t, await world(t), 3))
})
