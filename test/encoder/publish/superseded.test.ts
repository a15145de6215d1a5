import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test as T } from 'tap'
import type { JobRow } from '../../../encoder/jobs/ledger.ts'
import { publishedBefore } from '../../../encoder/jobs/steps/published-before.ts'
import type { PointersChanged } from '../../../encoder/publish/after-publish.ts'
import { openStore } from '../../../encoder/publish/open-store.ts'
import type { PublisherOptions } from '../../../encoder/publish/open.ts'
import { memoryDirectory } from '../../support/memory-directory.ts'
import { directoryConfig, makeVersion, NEVER, publish, testPublisher } from '../../support/publisher.ts'
import { storeInPart } from '../../support/store-in-part.ts'
import { until } from '../../support/until.ts'

/** A publisher whose store can refuse some keys. */
async function host(t: T, more: Partial<PublisherOptions> = {}) {
  const root = await memoryDirectory(t)
  const config = directoryConfig(root, { timeout: 500, grace: 60_000, keep_versions: 0 })
  const store = storeInPart(await openStore(config))
  const of = await testPublisher(join(root, '.work'), config, { store, ...more })
  return { publisher: of.publisher, work: of.work, store, [Symbol.asyncDispose]: () => of[Symbol.asyncDispose]() }
}

t.test('after_publish is told of every pointer, also of those that a switch had written before the same was asked for again', async (t) => {
  const told = join(t.testdir(), 'told')
  await using all = await host(t, { afterPublish: { command: ['/bin/sh', '-c', `cat >> '${told}'`], timeout: 5000 } })
  const { publisher, store, work } = all
  const made = makeVersion(work, 'film')
  const { version } = made.version
  publisher.begin(made.version)
  publisher.add(version, [...made.segments, made.playlist])
  await publisher.stored(version, NEVER)
  store.refuses = (key) => key === 'film/asset.json'
  const paused = new AbortController()
  const first = publisher.point(version, made.ready, paused.signal)
  await until('master and manifest are written, asset.json is not', () => store.refused > 0)
  paused.abort(new Error('paused'))
  await t.rejects(first, { message: 'paused' })
  const second = publisher.point(version, made.ready, NEVER)
  const before = store.refused
  await until('the second switch has come as far', () => store.refused > before + 1)
  store.refuses = () => false
  await second
  await publisher.settled(NEVER)
  const { pointers } = JSON.parse(await readFile(told, 'utf8')) as PointersChanged
  t.strictSame(pointers.map(({ key }) => key), ['film/master.m3u8', 'film/manifest.mpd', 'film/asset.json'])
})

t.test('a rollback to the current version takes back a switch elsewhere that waits for the store, instead of saying that there is nothing to do', async (t) => {
  await using all = await host(t)
  const { publisher, store, work } = all
  const [one, two] = [makeVersion(work, 'film'), makeVersion(work, 'film')]
  await publish(publisher, one)
  await publish(publisher, two)
  t.match(await publisher.rollback('film', two.version.version), { current: two.version.version }, 'nothing is under way: it stands')
  store.refuses = (key) => key === 'film/master.m3u8'
  await t.rejects(publisher.rollback('film', one.version.version), { message: /not rolled back yet/ })
  await t.rejects(publisher.rollback('film', two.version.version), { message: /not rolled back yet/ })
  store.refuses = () => false
  await publisher.settled(NEVER)
  t.equal(publisher.asset('film')?.current, two.version.version)
  t.match(JSON.parse(String(await store.read('film/asset.json', NEVER))), { version: two.version.version })
})

t.test('content that is dropped again while a switch away from it waits for the store is not called published', async (t) => {
  await using all = await host(t)
  const { publisher, store, work } = all
  const [one, two] = [makeVersion(work, 'film'), makeVersion(work, 'film')]
  await publish(publisher, one)
  await publish(publisher, two)
  const job = { asset: 'film' } as JobRow
  const again = () => publishedBefore({ publisher }, job, two.version.source_sha256, 'p', NEVER)
  t.match(await again(), { stands: true })
  store.refuses = (key) => key === 'film/master.m3u8'
  await t.rejects(publisher.rollback('film', one.version.version), { message: /not rolled back yet/ })
  await t.rejects(again(), { code: 'store_failed' })
  store.refuses = () => false
  await publisher.settled(NEVER)
  t.match(await again(), { stands: true })
  t.equal(publisher.asset('film')?.current, two.version.version)
})
