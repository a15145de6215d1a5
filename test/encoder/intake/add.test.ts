import { chown, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { addFiles, type AddProgress } from '../../../encoder/intake/add.ts'
import { testIntake } from '../../support/intake.ts'
import { noSmallDisk, smallDisk } from '../../support/small-disk.ts'

const profiles = new Set(['default', 'uhd'])

t.test('copies a file with what belongs to it, whole, and intake takes it', async (t) => {
  const base = t.testdir({ from: { 'film.mp4': 'media', 'film.json': '{"title": "Film"}', 'film.en.srt': '1', 'film.part2.srt': '2', 'other.mp4': 'x', 'other.json': '{}' } })
  await using host = await testIntake(base)
  const progress: AddProgress[] = []
  const added = await addFiles([join(base, 'from/film.mp4')], { ingest: host.ingest, profiles, profile: 'uhd', how: 'copy', onProgress: (step) => progress.push(step) })
  t.match(added, [{ path: join(host.ingest, 'uhd/film.mp4'), bytes: 5, companions: ['film.en.srt', 'film.json'] }])
  const [source] = await host.ledger.until(1)
  t.match(source, { asset: 'film', profile: 'uhd', options: { title: 'Film' }, captions: [{ language: 'en' }] })
  t.same((await readdir(join(base, 'from'))).length, 6)
  t.match(progress.at(-1), { file: join(base, 'from/film.mp4'), bytes: 5, size: 5 })
})

t.test('moves a file, on one file system and between two', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(1024)
  const base = t.testdir({ from: { 'a.mp4': 'a', 'a.json': '{}' }, ingest: {} })
  await writeFile(join(disk.path, 'b.mp4'), 'b')
  await writeFile(join(disk.path, 'b.en.vtt'), '1')
  await addFiles([join(base, 'from/a.mp4'), join(disk.path, 'b.mp4')], { ingest: join(base, 'ingest'), profiles, how: 'move' })
  t.same((await readdir(join(base, 'ingest'))).toSorted(), ['a.json', 'a.mp4', 'b.en.vtt', 'b.mp4'])
  t.same(await readdir(join(base, 'from')), [])
  t.same(await readdir(disk.path), [])
})

t.test('an asset name becomes an option beside those there are', async (t) => {
  const base = t.testdir({ from: { 'film.mp4': 'media', 'film.json': '{"title": "Film"}', 'bare.mp4': 'media' }, ingest: {} })
  const ingest = join(base, 'ingest')
  await addFiles([join(base, 'from/film.mp4')], { ingest, profiles, asset: 'films/one', how: 'move' })
  t.same(JSON.parse(await readFile(join(ingest, 'film.json'), 'utf8')), { title: 'Film', asset: 'films/one' })
  await addFiles([join(base, 'from/bare.mp4')], { ingest, profiles, asset: 'two', how: 'copy' })
  t.same(JSON.parse(await readFile(join(ingest, 'bare.json'), 'utf8')), { asset: 'two' })
  t.same(await readdir(join(base, 'from')), ['bare.mp4'])
})

t.test('what cannot be taken is refused before anything is put there', async (t) => {
  const base = t.testdir({ from: { 'good.mp4': 'media', 'empty.mp4': '', 'film.mp4.part': 'x', 'film.en.srt': '1', folder: {}, 'taken.mp4': 'mine' }, elsewhere: { 'good.mp4': 'x' }, ingest: { 'taken.mp4': 'theirs' } })
  await symlink('good.mp4', join(base, 'from/link.mp4'))
  const ingest = join(base, 'ingest')
  const from = (name: string) => join(base, 'from', name)
  const refused = async (names: readonly string[], message: RegExp, more = {}) =>
    t.rejects(addFiles([from('good.mp4'), ...names], { ingest, profiles, how: 'move', ...more }), { name: 'Problem', message })
  await refused([from('missing.mp4')], /missing\.mp4 does not exist/)
  await refused([from('empty.mp4')], /is empty/)
  await refused([from('film.mp4.part')], /a temporary one/)
  await refused([from('film.en.srt')], /options or captions file; name the source/)
  await refused([from('folder')], /no regular file/)
  await refused([from('link.mp4')], /no regular file/)
  await refused([from('taken.mp4')], /taken\.mp4 is there already/)
  await refused([join(base, 'elsewhere/good.mp4')], /have the same name/)
  await refused([], /no profile "uhdd"/, { profile: 'uhdd' })
  await refused([], /cannot name an asset/, { asset: 'ä' })
  await refused([from('taken.mp4')], /for one source; 2 were given/, { asset: 'a' })
  t.same(await readdir(ingest), ['taken.mp4'])
  t.equal(await readFile(join(ingest, 'taken.mp4'), 'utf8'), 'theirs')
})

t.test('a full disk leaves no half file and the original where it is', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(256)
  const base = t.testdir({ 'film.mp4': 'x'.repeat(500_000) })
  await t.rejects(addFiles([join(base, 'film.mp4')], { ingest: disk.path, profiles, how: 'move' }), { name: 'Problem', code: 'environment', message: /ENOSPC.*space/ })
  t.same(await readdir(disk.path), [])
  t.equal((await stat(join(base, 'film.mp4'))).size, 500_000)
})

t.test('an interrupted copy leaves nothing behind', async (t) => {
  const base = t.testdir({ 'film.mp4': 'x'.repeat(3_000_000), ingest: {} })
  const stop = new AbortController()
  await t.rejects(
    addFiles([join(base, 'film.mp4')], { ingest: join(base, 'ingest'), profiles, how: 'copy', signal: stop.signal, onProgress: ({ bytes }) => bytes > 0 && stop.abort(new Error('interrupted')) }),
    { message: 'interrupted' },
  )
  t.same(await readdir(join(base, 'ingest')), [])
})

t.test('what root adds belongs to the owner of the folder', { skip: process.getuid?.() !== 0 && 'only root can give files away' }, async (t) => {
  const base = t.testdir({ 'a.mp4': 'a', 'b.mp4': 'b' })
  const ingest = join(base, 'ingest')
  await mkdir(ingest)
  await chown(ingest, 12_345, 12_346)
  await addFiles([join(base, 'a.mp4')], { ingest, profiles, how: 'copy' })
  await addFiles([join(base, 'b.mp4')], { ingest, profiles, how: 'move' })
  for (const name of ['a.mp4', 'b.mp4']) t.match(await stat(join(ingest, name)), { uid: 12_345, gid: 12_346 }, name)
})
