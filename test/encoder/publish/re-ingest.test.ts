import { join } from 'node:path'
import t, { type Test as T } from 'tap'
import { startHousekeeping } from '../../../encoder/housekeeping/housekeeping.ts'
import { storeTasks } from '../../../encoder/housekeeping/store-tasks.ts'
import { memoryDirectory } from '../../support/memory-directory.ts'
import { noMinio, testMinio } from '../../support/minio.ts'
import { directoryConfig, makeVersion, minioConfig, NEVER, publish, testPublisher, type TestPublisher } from '../../support/publisher.ts'

/** Assets are ingested again and again, many at a time, while housekeeping runs all the time. */
async function ingestedAgain(t: T, { publisher, work, store, database }: TestPublisher, assets: number, times: number): Promise<void> {
  const housekeeping = startHousekeeping(storeTasks(publisher, { versions: '* * * * *', reconcile: '* * * * *' }), { info() {}, warn() {}, error: (...words: unknown[]) => t.fail(String(words[1])) })
  const names = Array.from({ length: assets }, (_, index) => `shelf-${index % 7}/film-${index}`)
  const busy = new AbortController()
  const cleaning = (async () => {
    for (let round = 0; !busy.signal.aborted; round += 1) {
      await housekeeping.run('versions')
      if (round % 8 === 0) await housekeeping.run('reconcile')
    }
  })()
  const jobs = names.flatMap((name) => Array.from({ length: times }, () => name)).toSorted(() => Math.random() - 0.5)
  const last = new Map<string, string>()
  const worker = async () => {
    for (let name = jobs.pop(); name !== undefined; name = jobs.pop()) {
      const made = makeVersion(work, name, { segments: 2, bytes: 300 })
      await publish(publisher, made)
      if (Math.random() < 0.1) await publisher.rollback(name).catch(() => {})
      last.set(name, made.version.version)
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  busy.abort()
  await cleaning
  await housekeeping.run('versions')
  await housekeeping.stop()

  const keys: string[] = []
  for await (const { key } of store.list('', NEVER)) keys.push(key)
  const ledger = database.prepare(`SELECT key FROM objects WHERE state = 'stored' UNION SELECT key FROM pointers`).all().map(({ key }) => String(key))
  t.strictSame(keys.toSorted(), ledger.toSorted(), 'store and ledger agree exactly: no orphan, nothing missing')
  t.equal(Number(database.prepare(`SELECT count(*) AS count FROM objects WHERE state NOT IN ('stored', 'deleted')`).get()?.['count']), 0)
  t.match(await publisher.reconcile(NEVER), { restored: [], missing: [], removed: [], unknown: [] })
  const { faults, versions } = await publisher.verify(undefined, NEVER)
  t.strictSame(faults, [])
  t.ok(versions >= assets && versions <= 2 * assets, `${versions} versions are left of ${assets * times}: the current one, and one to go back to`)
  const listed = new Set<string>()
  let after = ''
  for (let page = publisher.assets({ after, limit: 7 }); page.assets.length > 0; page = publisher.assets({ after, limit: 7 })) {
    t.equal(page.total, assets)
    for (const { asset } of page.assets) listed.add(asset)
    after = page.assets.at(-1)?.asset ?? ''
  }
  t.equal(listed.size, assets, 'page by page each asset is listed')
}

t.test('200 assets, three times each, in a directory', async (t) => {
  const root = await memoryDirectory(t)
  await using of = await testPublisher(join(root, '.work'), directoryConfig(root))
  await ingestedAgain(t, of, 200, 3)
})

t.test('30 assets, three times each, in MinIO', { skip: noMinio }, async (t) => {
  await using minio = await testMinio()
  await using of = await testPublisher(join(await memoryDirectory(t), 'work'), await minioConfig(minio, { concurrency: 8 }))
  await ingestedAgain(t, of, 30, 3)
})
