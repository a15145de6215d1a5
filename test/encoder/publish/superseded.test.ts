import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test as T } from 'tap'
import type { PointersChanged } from '../../../encoder/publish/after-publish.ts'
import { openStore } from '../../../encoder/publish/open-store.ts'
import type { PublisherOptions } from '../../../encoder/publish/open.ts'
import { memoryDirectory } from '../../support/memory-directory.ts'
import { directoryConfig, makeVersion, NEVER, testPublisher } from '../../support/publisher.ts'
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
