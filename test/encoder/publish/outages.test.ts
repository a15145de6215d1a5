import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test as T } from 'tap'
import { faultyProxy, type Fault, type FaultyProxy } from '../../support/faulty-proxy.ts'
import { memoryDirectory } from '../../support/memory-directory.ts'
import { noMinio, testMinio, type TestMinio } from '../../support/minio.ts'
import { makeVersion, minioConfig, NEVER, publish, testPublisher, type TestPublisher } from '../../support/publisher.ts'
import { storeReader, type StoreReader } from '../../support/store-reader.ts'
import { until } from '../../support/until.ts'
import type { StoreConfig } from '../../../encoder/config.ts'

interface Host extends AsyncDisposable {
  readonly minio: TestMinio
  readonly proxy: FaultyProxy
  readonly of: TestPublisher
  readonly reader: StoreReader
}

/** A publisher whose way to MinIO leads through the proxy, and a reader whose way does not. */
async function host(t: T, minio: TestMinio, asset: string, more: Partial<StoreConfig> = {}): Promise<Host> {
  await using stack = new AsyncDisposableStack()
  const proxy = stack.use(await faultyProxy(minio.port))
  const of = stack.use(await testPublisher(join(await memoryDirectory(t), 'work'), await minioConfig({ ...minio, endpoint: proxy.endpoint }, { timeout: 5000, ...more })))
  const client = minio.client()
  const reader = storeReader([asset], async (key) => {
    try {
      const stream = await client.getObject('media', key)
      return Buffer.concat(await stream.toArray())
    } catch (error) {
      if ((error as { code?: string }).code === 'NoSuchKey') return null
      throw error
    }
  })
  stack.defer(() => reader.stop())
  const all = stack.move()
  return { minio, proxy, of, reader, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

/** Publishes an asset that grows while a fault comes, stays until it is felt, and goes. */
async function through(t: T, { proxy, of, reader }: Host, asset: string, fault: Fault, code: string | null): Promise<void> {
  const { publisher, work } = of
  const made = makeVersion(work, asset, { segments: 24, bytes: 60_000 })
  const { version } = made.version
  publisher.begin(made.version)
  publisher.add(version, made.segments.slice(0, 8))
  await publisher.stored(version, NEVER)
  await publisher.point(version, made.growing(8), NEVER)

  const before = proxy.felt
  publisher.add(version, made.segments.slice(8, 16))
  proxy.set(fault)
  publisher.add(version, [...made.segments.slice(16), made.playlist])
  if (code !== null) {
    const problem = await until('the problem is told', () => publisher.problem())
    t.match(problem, { code, fault: 'destination' })
    t.type(problem.retry_at, 'string')
  } else await until('the fault is felt', () => proxy.felt > before + 3)
  t.ok(publisher.waiting().objects > 0 || code === null)
  proxy.set({ kind: 'none' })
  await publisher.stored(version, NEVER)
  await publisher.point(version, made.ready, NEVER)

  t.equal(publisher.problem(), null)
  t.match(publisher.progress(version), { objects: 25, stored: 25 })
  t.strictSame((await publisher.verify(asset, NEVER)).faults, [])
  t.match(await publisher.reconcile(NEVER), { unknown: [], missing: [], restored: [] })
  t.strictSame(reader.faults, [], 'no reader ever saw anything broken')
  t.ok(reader.seen > 0)
}

t.test('outages of the way to the store', { skip: noMinio }, async (t) => {
  await using minio = await testMinio()

  const cases: readonly [name: string, fault: Fault, code: string | null][] = [
    ['all connections are cut', { kind: 'cut' }, 'store_unreachable'],
    ['connections are accepted and never answered', { kind: 'hang' }, 'store_unreachable'],
    ['connections are reset at random bytes', { kind: 'reset', after: () => Math.floor(Math.random() * 70_000) }, null],
    ['every answer is 503', { kind: 'unavailable' }, 'store_failed'],
  ]
  for (const [index, [name, fault, code]] of cases.entries()) {
    await t.test(`${name}: it waits, goes on by itself, and nothing is lost`, async (t) => {
      await using all = await host(t, minio, `film-${index}`, fault.kind === 'hang' ? { timeout: 1000 } : {})
      await through(t, all, `film-${index}`, fault, code)
    })
  }

  await t.test('a line that is slow is no outage, however long an object takes', async (t) => {
    await using all = await host(t, minio, 'slow', { timeout: 1000 })
    all.proxy.set({ kind: 'slow', rate: 50_000 })
    const made = makeVersion(all.of.work, 'slow', { segments: 3, bytes: 60_000 })
    await publish(all.of.publisher, made)
    t.strictSame(all.of.log, [], 'no try failed')
    t.strictSame((await all.of.publisher.verify('slow', NEVER)).faults, [])
  })

  await t.test('an answer that is lost after the object was stored counts as stored: nothing is sent twice', async (t) => {
    await using all = await host(t, minio, 'lost')
    all.proxy.set({ kind: 'lose', requests: /^PUT /, times: 5 })
    const made = makeVersion(all.of.work, 'lost', { segments: 6 })
    await publish(all.of.publisher, made)
    t.equal(all.proxy.felt, 5)
    t.strictSame(all.of.log, [], 'comparing found them stored: no failure')
    const attempts = all.of.database.prepare('SELECT sum(attempts) AS attempts FROM objects').get()
    t.equal(attempts?.['attempts'], 0)
    t.strictSame((await all.of.publisher.verify('lost', NEVER)).faults, [])
  })

  await t.test('one object that always fails holds up none of the others', async (t) => {
    await using all = await host(t, minio, 'poison')
    const { publisher, work, database } = all.of
    const made = makeVersion(work, 'poison', { segments: 20 })
    const [poison] = made.segments
    all.proxy.set({ kind: 'refuse', requests: new RegExp(`^\\w+ \\S*${poison?.key.split('/').at(-1)}`) })
    publisher.begin(made.version)
    publisher.add(made.version.version, [...made.segments, made.playlist])
    await until('all others are stored', () => publisher.progress(made.version.version).stored === 20)
    t.ok(Number(database.prepare('SELECT attempts FROM objects WHERE key = ?').get(poison?.key ?? '')?.['attempts']) > 0)
    all.proxy.set({ kind: 'none' })
    await publisher.stored(made.version.version, NEVER)
  })
})

t.test('outages of the store itself', { skip: noMinio }, async (t) => {
  await using minio = await testMinio()

  await t.test('MinIO is killed and started again', async (t) => {
    await using all = await host(t, minio, 'killed')
    const { publisher, work } = all.of
    const made = makeVersion(work, 'killed', { segments: 40, bytes: 100_000 })
    const { version } = made.version
    publisher.begin(made.version)
    publisher.add(version, made.segments.slice(0, 10))
    await publisher.stored(version, NEVER)
    await publisher.point(version, made.growing(10), NEVER)
    publisher.add(version, [...made.segments.slice(10), made.playlist])
    await until('some are stored', () => publisher.progress(version).stored > 12)
    await minio.kill()
    t.match(await until('the problem is told', () => publisher.problem()), { code: 'store_unreachable', fault: 'destination' })
    const pointing = publisher.point(version, made.growing(12), NEVER)
    await minio.start()
    t.equal(await pointing, 'pointed', 'a switch waits for the store too')
    await publisher.stored(version, NEVER)
    await publisher.point(version, made.ready, NEVER)
    t.strictSame((await publisher.verify('killed', NEVER)).faults, [])
    t.strictSame(all.reader.faults, [])
  })

  await t.test('the bucket is deleted and made again: all that is still at hand is stored again before a pointer names it', async (t) => {
    await using all = await host(t, minio, 'bucket')
    const { publisher, work } = all.of
    const made = makeVersion(work, 'bucket', { segments: 12 })
    const { version } = made.version
    publisher.begin(made.version)
    publisher.add(version, made.segments.slice(0, 6))
    await publisher.stored(version, NEVER)
    await publisher.point(version, made.growing(6), NEVER)
    await all.reader.stop()
    await minio.removeBucket()
    publisher.add(version, made.segments.slice(6))
    t.match(await until('the problem is told', () => publisher.problem()), { code: 'bucket_missing', fault: 'environment', advice: /Make the bucket/ })
    const pointing = publisher.point(version, made.growing(7), NEVER)
    const client = minio.client()
    const reader = storeReader(['bucket'], async (key) => client.getObject('media', key).then(async (stream) => Buffer.concat(await stream.toArray()), (error: { code?: string }) => (error.code === 'NoSuchKey' ? null : Promise.reject(error as Error))))
    // For a while segments do not arrive, and pointers would.
    all.proxy.set({ kind: 'refuse', requests: /^PUT \S+\.m4s / })
    await minio.makeBucket()
    const felt = all.proxy.felt
    await until('many segments were tried in vain', () => all.proxy.felt > felt + 24)
    t.equal(await all.of.store.head('bucket/master.m3u8', NEVER), null, 'no pointer names what is not there')
    all.proxy.set({ kind: 'none' })
    await pointing
    publisher.add(version, [made.playlist])
    await publisher.stored(version, NEVER)
    await publisher.point(version, made.ready, NEVER)
    t.strictSame((await publisher.verify('bucket', NEVER)).faults, [])
    await reader.stop()
    t.strictSame(reader.faults, [])
  })

  await t.test('credentials are rotated: it stops with the reason, and goes on when the file is changed', async (t) => {
    const config = await minioConfig(minio)
    await using of = await testPublisher(join(await memoryDirectory(t), 'work'), config, { backoff: { first: 10, most: 100, environment: 3_600_000 } })
    const { publisher, work } = of
    await publish(publisher, makeVersion(work, 'rotated'))
    const { access_key } = minio.root
    await minio.kill('SIGTERM')
    await minio.start({ MINIO_ROOT_USER: access_key, MINIO_ROOT_PASSWORD: 'another-secret' })
    const made = makeVersion(work, 'rotated')
    publisher.begin(made.version)
    publisher.add(made.version.version, [...made.segments, made.playlist])
    // Connections from before the restart may be tried first.
    t.match(await until('the problem is told', () => (publisher.problem()?.fault === 'environment' ? publisher.problem() : null)), { code: 'store_denied', fault: 'environment', message: /refuses the secret key/, advice: /credentials-\d+\.toml.*read again when it changes/ })
    // Half of it is written, as an editor may; then the rest.
    await writeFile(config.credentials_file, `access_key = "${access_key}"\n`)
    t.match(await until('the other problem is told', () => (publisher.problem()?.code === 'store_misconfigured' ? publisher.problem() : null)), { message: /secret_key/ })
    await writeFile(config.credentials_file, `access_key = "${access_key}"\nsecret_key = "another-secret"\n`)
    await publisher.stored(made.version.version, NEVER)
    await publisher.point(made.version.version, made.ready, NEVER)
    t.equal(publisher.problem(), null)
    t.notMatch(JSON.stringify(of.log), /another-secret/)
  })
})
