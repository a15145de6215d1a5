import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { memoryDirectory } from '../../support/memory-directory.ts'
import { directoryConfig, makeVersion, NEVER, publish, testPublisher } from '../../support/publisher.ts'
import { until } from '../../support/until.ts'

t.test('what is wrong in the store is put right from the work area and the ledger, and told', async (t) => {
  const root = await memoryDirectory(t)
  await using of = await testPublisher(join(root, '.work'), directoryConfig(root))
  const { publisher } = of
  const made = makeVersion(of.work, 'film')
  await publish(publisher, made)
  const [gone, changed] = made.segments.map(({ key }) => key)
  await rm(join(root, gone ?? ''))
  await writeFile(join(root, changed ?? ''), Buffer.alloc(2000))
  await writeFile(join(root, 'film/master.m3u8'), 'rubbish')
  const faults = [{ key: gone, what: 'missing' }, { key: changed, what: 'hash' }, { key: 'film/master.m3u8', what: 'size' }]
  t.match((await publisher.verify('film', NEVER)).faults.toSorted((a, b) => (a.key < b.key ? -1 : 1)), faults.toSorted((a, b) => (String(a.key) < String(b.key) ? -1 : 1)))
  const report = await publisher.repair('film', NEVER)
  t.equal(report.repaired.length, 3)
  t.strictSame(report.beyond_repair, [])
  t.strictSame((await publisher.verify('film', NEVER)).faults, [])
})

t.test('what is not at hand any more is beyond repair: its pointers are not called repaired, and a new version makes all of it good', async (t) => {
  const root = await memoryDirectory(t)
  await using of = await testPublisher(join(root, '.work'), directoryConfig(root, { keep_versions: 0 }))
  const { publisher } = of
  const made = makeVersion(of.work, 'film')
  await publish(publisher, made)
  await rm(join(of.work, made.version.version), { recursive: true })
  t.equal(await publisher.lost(made.version.version, NEVER), 0)
  await rm(join(root, made.segments[0]?.key ?? ''))
  // As long as before: only a hash tells.
  await writeFile(join(root, made.segments[1]?.key ?? ''), Buffer.alloc(2000))
  await rm(join(root, 'film/master.m3u8'))
  const report = await publisher.repair(undefined, NEVER)
  t.strictSame(report.repaired, [])
  const beyond = new Set(report.beyond_repair.map(({ key }) => key))
  for (const key of [made.segments[0]?.key, made.segments[1]?.key, 'film/master.m3u8']) t.ok(beyond.has(key ?? ''))
  t.equal(await of.store.head('film/master.m3u8', NEVER), null, 'no pointer names what is not there')
  t.equal(await publisher.lost(made.version.version, NEVER), 2)

  const old = makeVersion(of.work, 'later')
  await publish(publisher, old)
  await publish(publisher, makeVersion(of.work, 'later'))
  await t.rejects(publisher.collectVersions(NEVER), { code: 'internal' }, 'it is told')
  t.equal(await of.store.head(old.segments[0]?.key ?? '', NEVER), null, 'and holds up the housekeeping of no other')

  await publish(publisher, makeVersion(of.work, 'film'))
  await publisher.collectVersions(NEVER)
  t.strictSame((await publisher.verify(undefined, NEVER)).faults, [])
  t.match(await publisher.reconcile(NEVER), { missing: [], restored: [], unknown: [] })
})

t.test('an older version that is beyond repair keeps no pointer of the current one away; what is brought back by hand is found', async (t) => {
  const root = await memoryDirectory(t)
  await using of = await testPublisher(join(root, '.work'), directoryConfig(root, { keep_versions: 1 }))
  const { publisher } = of
  const older = makeVersion(of.work, 'film')
  const newer = makeVersion(of.work, 'film')
  for (const made of [older, newer]) await publish(publisher, made)
  for (const made of [older, newer]) await rm(join(of.work, made.version.version), { recursive: true })
  const lose = async (made: typeof older) => {
    const file = join(root, made.segments[0]?.key ?? '')
    const content = await readFile(file)
    await rm(file)
    return async () => writeFile(file, content)
  }
  await lose(older)
  const master = join(root, 'film/master.m3u8')
  await rm(master)
  const report = await publisher.repair('film', NEVER)
  t.match(report.repaired, [{ key: 'film/master.m3u8', current: true }])
  t.ok(report.beyond_repair.length > 0 && report.beyond_repair.every(({ version, current }) => version === older.version.version && !current))
  t.ok((await readFile(master)).length > 0)
  await t.rejects(publisher.rollback('film'), { code: 'version_incomplete' })

  const bringBack = await lose(newer)
  await rm(master)
  t.ok((await publisher.repair('film', NEVER)).beyond_repair.some(({ key }) => key === 'film/master.m3u8'))
  t.ok((await publisher.verify('film', NEVER)).faults.some(({ key }) => key === 'film/master.m3u8'), 'a pointer that is withheld is told until it is there')
  await bringBack()
  t.ok((await publisher.repair('film', NEVER)).beyond_repair.every(({ current }) => !current))
  t.ok((await readFile(master)).length > 0)
})

t.test('a directory that was deleted and made again is filled again before a pointer names anything in it', async (t) => {
  const root = await memoryDirectory(t)
  const media = join(root, 'media')
  await mkdir(media)
  await using of = await testPublisher(join(root, 'work'), directoryConfig(media))
  const { publisher } = of
  const made = makeVersion(of.work, 'film', { segments: 6 })
  const { version } = made.version
  publisher.begin(made.version)
  publisher.add(version, made.segments.slice(0, 3))
  await publisher.stored(version, NEVER)
  await publisher.point(version, made.growing(3), NEVER)
  await rm(media, { recursive: true })
  publisher.add(version, made.segments.slice(3))
  t.match(await until('it is told', () => publisher.problem()), { code: 'storage_failed', fault: 'environment' })
  await mkdir(media)
  await publisher.stored(version, NEVER)
  await publisher.point(version, made.growing(6), NEVER)
  t.strictSame((await publisher.verify('film', NEVER)).faults, [])
})

t.test('a directory that was made anew while the encoder was down is filled again as far as it can be, and the rest is told', async (t) => {
  const root = await memoryDirectory(t)
  const media = join(root, 'media')
  await mkdir(media)
  const config = directoryConfig(media)
  const growing = makeVersion(join(root, 'work'), 'film', { segments: 6 })
  const ready = makeVersion(join(root, 'work'), 'clip', { segments: 3 })
  {
    await using of = await testPublisher(join(root, 'work'), config)
    await publish(of.publisher, ready)
    of.publisher.begin(growing.version)
    of.publisher.add(growing.version.version, growing.segments.slice(0, 3))
    await of.publisher.stored(growing.version.version, NEVER)
    await of.publisher.point(growing.version.version, growing.growing(3), NEVER)
  }
  await rm(media, { recursive: true })
  await mkdir(media)
  for (const { path } of [...ready.segments, ready.playlist]) await rm(path)
  await using of = await testPublisher(join(root, 'work'), config)
  const { publisher } = of
  await until('the growing asset is whole again', async () => (await publisher.verify('film', NEVER)).faults.length === 0 && (await readFile(join(media, 'film/asset.json'), 'utf8').catch(() => null)))
  t.match(of.log.find(({ level }) => level === 'warn'), { msg: /back without objects that were stored/ })
  const { faults } = await publisher.verify('clip', NEVER)
  t.ok(faults.length > 0, 'what nobody has any more is told')
  t.equal(await readFile(join(media, 'clip/master.m3u8')).catch(() => null), null, 'and no pointer names it')
  t.equal(publisher.problem(), null)
})

t.test('a job that begins again after its version was ready, and its bucket lost meanwhile, fills it again instead of failing', async (t) => {
  const root = await memoryDirectory(t)
  await using of = await testPublisher(join(root, '.work'), directoryConfig(root))
  const { publisher, database } = of
  const made = makeVersion(of.work, 'film')
  const { version } = made.version
  await publish(publisher, made)
  const objects = [...made.segments, made.playlist]
  for (const state of ['missing', 'broken']) {
    const [lost] = made.segments
    await rm(join(root, lost?.key ?? ''))
    database.prepare('UPDATE objects SET state = ? WHERE key = ?').run(state, lost?.key ?? '')
    publisher.add(version, objects)
    await publisher.stored(version, NEVER)
    t.strictSame((await publisher.verify('film', NEVER)).faults, [], state)
  }
  const other = makeVersion(of.work, 'film', { version })
  t.throws(() => publisher.add(version, other.segments), { code: 'internal', message: /nothing can be added/ }, 'a ready version never changes')
  t.throws(() => publisher.add(version, [{ ...made.playlist, sha256: 'f'.repeat(64) }]), { code: 'internal' })
})
