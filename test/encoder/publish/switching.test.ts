import { join } from 'node:path'
import t, { type Test as T } from 'tap'
import { migrate, openDatabase } from '../../../encoder/jobs/database.ts'
import { Gate } from '../../../encoder/publish/gate.ts'
import { objectLedger } from '../../../encoder/publish/ledger/objects.ts'
import { PUBLISH_TABLES } from '../../../encoder/publish/ledger/schema.ts'
import { switchLedger } from '../../../encoder/publish/ledger/switches.ts'
import { versionLedger } from '../../../encoder/publish/ledger/versions.ts'
import { openStore } from '../../../encoder/publish/open-store.ts'
import { switching } from '../../../encoder/publish/switching.ts'
import { memoryDirectory } from '../../support/memory-directory.ts'
import { directoryConfig, makeVersion, NEVER, type MadeVersion } from '../../support/publisher.ts'

/** Switches on a ledger and a directory that are their own, with nobody beside them who carries anything out. */
async function host(t: T) {
  const root = await memoryDirectory(t)
  const work = join(root, '.work')
  const database = openDatabase(join(root, '.ledger.sqlite'))
  t.teardown(() => database.close())
  migrate(database, 'publish', PUBLISH_TABLES)
  const now = () => new Date()
  const [versions, objects, switches] = [versionLedger(database, now), objectLedger(database, now), switchLedger(database, now)]
  const store = await openStore(directoryConfig(root))
  const stored = async (version: string, upTo: number) => {
    if (objects.unstored(version, upTo) !== null) throw new Error('not stored')
  }
  const pointers = switching({ database, versions, objects, switches, store, gate: new Gate({ now }), onStep: () => {}, stored, pointed: () => {} })
  const upload = ({ version, segments, playlist }: MadeVersion) => {
    versions.begin(version)
    objects.add(version.version, [...segments, playlist])
    objects.settle([...objects.of(version.version)].map(({ id }) => id))
    return versions.known(version.version)
  }
  const make = () => makeVersion(work, 'film')
  const publish = async (made: MadeVersion) => {
    pointers.begin(upload(made), made.ready)
    await pointers.carryOut('film', NEVER)
  }
  return { versions, objects, switches, store, pointers, upload, make, publish }
}

t.test('a version that stays behind does not undo a rollback that is open, and is named in the document after it', async (t) => {
  const { versions, switches, pointers, upload, make, publish } = await host(t)
  const [one, late, two] = [make(), make(), make()]
  await publish(one)
  upload(late)
  await publish(two)
  pointers.beginAgain(versions.known(one.version.version), 'rollback')
  t.equal(pointers.begin(versions.known(late.version.version), late.ready), false)
  t.match(switches.open('film'), { kind: 'rollback', version: one.version.version })
  await pointers.carryOut('film', NEVER)
  t.equal(versions.current('film'), one.version.version)
  t.same(new Set(versions.document('film')?.previous_versions), new Set([late.version.version, two.version.version]))
  t.equal(switches.open('film'), null)
})

t.test('a pointer in doubt waits for the objects that it names, also where only the document is to be written anew', async (t) => {
  const { versions, objects, switches, store, pointers, make, publish } = await host(t)
  const [one, two] = [make(), make()]
  await publish(one)
  await publish(two)
  const lost = objects.byKey(two.segments[0]?.key ?? '')
  objects.set(lost?.id ?? 0, 'missing')
  await store.remove('film/master.m3u8', NEVER)
  switches.doubt('film/master.m3u8')
  pointers.rewriteDocument('film', () => versions.setState(one.version.version, 'deleting'))
  t.match(switches.open('film'), { kind: 'document' })
  await t.rejects(pointers.carryOut('film', NEVER), { message: 'not stored' })
  t.equal(await store.head('film/master.m3u8', NEVER), null, 'it would name what is not there')
  objects.settleAgain(lost?.id ?? 0)
  await pointers.carryOut('film', NEVER)
  t.same(versions.document('film')?.previous_versions, [])
})

t.test('the document alone waits for no object', async (t) => {
  const { versions, objects, pointers, make, publish } = await host(t)
  const [one, two] = [make(), make()]
  await publish(one)
  await publish(two)
  objects.set(objects.byKey(two.segments[0]?.key ?? '')?.id ?? 0, 'missing')
  pointers.rewriteDocument('film', () => versions.setState(one.version.version, 'deleting'))
  await pointers.carryOut('film', NEVER)
  t.same(versions.document('film')?.previous_versions, [])
})

t.test('a version that was seen by half, since its switch was superseded, has its grace', async (t) => {
  const { versions, pointers, upload, make, publish } = await host(t)
  const [one, two] = [make(), make()]
  await publish(one)
  pointers.begin(upload(two), two.ready)
  pointers.beginAgain(versions.known(one.version.version), 'restore')
  t.type(versions.known(two.version.version).replaced_at, 'string')
  await pointers.carryOut('film', NEVER)
  t.equal(versions.known(one.version.version).replaced_at, null)
})
