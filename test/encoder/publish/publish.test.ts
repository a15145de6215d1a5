import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test as T } from 'tap'
import { memoryDirectory } from '../../support/memory-directory.ts'
import { noMinio, testMinio } from '../../support/minio.ts'
import { directoryConfig, makeVersion, minioConfig, NEVER, publish, testPublisher, type TestPublisher } from '../../support/publisher.ts'

async function listed({ store }: TestPublisher): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list('', NEVER)) keys.push(key)
  return keys.toSorted()
}

async function lifeOfAnAsset(t: T, of: TestPublisher): Promise<void> {
  const { publisher, store, work } = of
  const first = makeVersion(work, 'film', { segments: 4 })
  publisher.begin(first.version)
  publisher.add(first.version.version, first.segments.slice(0, 2))
  await publisher.stored(first.version.version, NEVER)
  t.equal(await publisher.point(first.version.version, first.growing(2), NEVER), 'pointed')
  t.match(JSON.parse(String(await store.read('film/asset.json', NEVER))), { asset: 'film', state: 'encoding', version: first.version.version, previous_versions: [] })
  t.strictSame((await publisher.verify('film', NEVER)).faults, [])

  await publish(publisher, first)
  t.match(publisher.asset('film'), { current: first.version.version, document: { state: 'ready' }, versions: [{ state: 'ready', current: true, objects: 5 }] })
  t.match(publisher.findPublished('film', first.version.source_sha256, 'p'), { version: first.version.version })

  const second = makeVersion(work, 'film')
  const third = makeVersion(work, 'film')
  await publish(publisher, second)
  publisher.begin(third.version)
  publisher.add(third.version.version, third.segments)
  await publisher.stored(third.version.version, NEVER)
  t.equal(await publisher.point(third.version.version, third.growing(3), NEVER), 'withheld', 'a re-ingest shows nothing before it is complete')
  await publish(publisher, third)
  t.strictSame(publisher.asset('film')?.document?.previous_versions, [second.version.version, first.version.version])

  t.match(await publisher.rollback('film'), { current: second.version.version, document: { version: second.version.version, previous_versions: [third.version.version, first.version.version] } })
  t.strictSame((await publisher.verify(undefined, NEVER)).faults, [])

  const { versions } = await publisher.collectVersions(NEVER)
  t.strictSame(versions.map(({ version }) => version), [first.version.version])
  t.strictSame(publisher.asset('film')?.document?.previous_versions, [third.version.version])
  const keys = ['film/asset.json', 'film/manifest.mpd', 'film/master.m3u8', ...[second, third].flatMap(({ segments, playlist }) => [...segments, playlist].map(({ key }) => key))]
  t.strictSame(await listed(of), keys.toSorted(), 'what is in the store is what the ledger has, and nothing else')
  t.match(await publisher.reconcile(NEVER), { restored: [], missing: [], removed: [], unknown: [] })
}

t.test('an asset grows, is ready, is replaced, rolled back, and its old versions go: in a directory', async (t) => {
  const directory = t.testdir({ media: {}, work: {} })
  await using of = await testPublisher(join(directory, 'work'), directoryConfig(join(directory, 'media')))
  await lifeOfAnAsset(t, of)
  t.strictSame(readdirSync(join(directory, 'media', '.greenroom')), [], 'no temporary file is left')
})

t.test('an older source that is ready later than the newer one stays behind it, and can be gone back to', async (t) => {
  const directory = t.testdir({ media: {}, work: {} })
  await using of = await testPublisher(join(directory, 'work'), directoryConfig(join(directory, 'media')))
  const { publisher } = of
  const [older, newer] = [makeVersion(of.work, 'film'), makeVersion(of.work, 'film')]
  publisher.begin(older.version)
  await publish(publisher, newer)
  publisher.add(older.version.version, [...older.segments, older.playlist])
  await publisher.stored(older.version.version, NEVER)
  t.equal(await publisher.point(older.version.version, older.ready, NEVER), 'withheld')
  t.match(publisher.asset('film'), { current: newer.version.version, document: { previous_versions: [older.version.version] } })
  t.match(await publisher.rollback('film'), { current: older.version.version })
})

t.test('the same in MinIO', { skip: noMinio }, async (t) => {
  await using minio = await testMinio()
  await using of = await testPublisher(join(await memoryDirectory(t), 'work'), await minioConfig(minio))
  await lifeOfAnAsset(t, of)
  const { metaData } = await minio.client().statObject('media', 'film/master.m3u8')
  t.match(metaData, { 'content-type': 'application/vnd.apple.mpegurl', 'cache-control': 'public, max-age=5' })
  t.strictSame(of.log, [])
})
