import { link, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import type { ClaimedSource } from '../../../encoder/intake/contract.ts'
import { type FinishDeps, toDone, toFailed } from '../../../encoder/intake/finish.ts'
import { placeFile } from '../../../encoder/intake/place.ts'
import { whyText } from '../../../encoder/intake/why-text.ts'
import { claimAll } from '../../support/doomed-intake.ts'
import { fileLedger } from '../../support/file-ledger.ts'
import { noSmallDisk, smallDisk } from '../../support/small-disk.ts'

interface Claimed {
  readonly ingest: string
  readonly source: ClaimedSource
  readonly deps: FinishDeps
}

const WHY = { message: 'The file ends at 00:01:02 of 00:02:00.', advice: 'Copy it again.', code: 'truncated', job: '01J', at: new Date(0) }

/** Drops files (the source first) and claims them. */
async function claimed(base: string, files: Readonly<Record<string, string>> | readonly (readonly [Buffer, string])[], ingestConfig: Partial<FinishDeps['ingest']> = {}): Promise<Claimed> {
  const [ingest, work, ledger] = [join(base, 'ingest'), join(base, 'work'), join(base, 'ledger')]
  const list: (readonly [Buffer, string])[] = Array.isArray(files) ? [...files] : Object.entries(files).map(([name, content]) => [Buffer.from(name), content as string])
  for (const [name, content] of list) {
    const path = Buffer.concat([Buffer.from(`${ingest}/`), name])
    await mkdir(path.subarray(0, path.lastIndexOf('/')), { recursive: true })
    await writeFile(path, content)
  }
  await claimAll({ ingest, work, ledger })
  const entry = fileLedger(ledger).entries().findLast(({ kind }) => kind === 'claimed')
  if (entry?.kind !== 'claimed') throw new Error('nothing was claimed')
  return { ingest, source: entry.source, deps: { job: entry.job, ingest: { directory: ingest, after: 'keep', ...ingestConfig }, work } }
}

t.test('a published source and its companions go to done, in their subfolder, and the work area is left', async (t) => {
  const base = t.testdir()
  const { ingest, source, deps } = await claimed(base, { 'uhd/show/film.mp4': 'media', 'uhd/show/film.json': '{}', 'uhd/show/film.en.srt': '1' })
  const finished = await toDone(source, deps)
  const { path, files } = finished
  t.equal(path, join(ingest, 'done/uhd/show/film.mp4'))
  t.same(files.map((file) => Buffer.from(file, 'base64').toString()).toSorted(), ['film.en.srt', 'film.json', 'film.mp4'].map((name) => join(ingest, 'done/uhd/show', name)))
  t.same((await readdir(join(ingest, 'done/uhd/show'))).toSorted(), ['film.en.srt', 'film.json', 'film.mp4'])
  t.same(await readdir(dirname(source.directory)), ['finish.json'])
  t.same(await toDone(source, deps), finished, 'asked again it says the same')
  await rm(join(ingest, 'done'), { recursive: true })
  t.same(await toDone(source, deps), { path: null, files: [] }, 'also when somebody has taken the source away')
})

t.test('nothing in done is overwritten: the source and its companions get a number together', async (t) => {
  const base = t.testdir()
  for (const content of ['one', 'two', 'three']) {
    const { source, deps } = await claimed(base, { 'film.mp4': content, ...(content === 'two' ? { 'film.de.srt': content } : {}) })
    await toDone(source, deps)
  }
  const done = join(base, 'ingest/done')
  t.same(Object.fromEntries(await Promise.all((await readdir(done)).map(async (name) => [name, await readFile(join(done, name), 'utf8')]))), {
    'film.mp4': 'one', 'film (2).mp4': 'two', 'film (2).de.srt': 'two', 'film (3).mp4': 'three',
  })
})

t.test('names of any bytes come back exactly', async (t) => {
  const base = t.testdir()
  const name = Buffer.concat([Buffer.from([0xe9]), Buffer.from('/two\n'), Buffer.from([0xff]), Buffer.from('.mp4')])
  const { ingest, source, deps } = await claimed(base, [[name, 'media']])
  const { path } = await toFailed(source, WHY, deps)
  t.equal(path, `${ingest}/failed/\\xe9/two\\x0a\\xff.mp4`)
  t.equal(await readFile(Buffer.concat([Buffer.from(`${ingest}/failed/`), name]), 'utf8'), 'media')
  t.match(await readFile(Buffer.concat([Buffer.from(`${ingest}/failed/`), name, Buffer.from('.why.txt')]), 'utf8'), /^The file ends/)
})

t.test('after = "delete" removes source and companions', async (t) => {
  const base = t.testdir()
  const { ingest, source, deps } = await claimed(base, { 'film.mp4': 'media', 'film.json': '{}' }, { after: 'delete' })
  t.same(await toDone(source, deps), { path: null, files: [] })
  t.same(await readdir(ingest), [])
  t.same(await readdir(dirname(source.directory)), [])
})

t.test('done and failed elsewhere, on another file system', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(1024)
  const base = t.testdir()
  const done = join(disk.path, 'done')
  await mkdir(done)
  await writeFile(join(done, 'film.mp4'), 'older')
  const { source, deps } = await claimed(base, { 'film.mp4': 'media' }, { done })
  t.equal((await toDone(source, deps)).path, join(done, 'film (2).mp4'))
  t.equal(await readFile(join(done, 'film.mp4'), 'utf8'), 'older')
  t.equal(await readFile(join(done, 'film (2).mp4'), 'utf8'), 'media')
  t.same((await readdir(done)).toSorted(), ['film (2).mp4', 'film.mp4'])
})

t.test('a full disk fails the host, not the source, which stays where it is', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(256)
  const { source, deps } = await claimed(t.testdir(), { 'film.mp4': 'x'.repeat(200_000) }, { failed: join(disk.path, 'failed') })
  await disk.fill()
  await t.rejects(toFailed(source, WHY, deps), { fault: 'environment', code: 'no_space', advice: /space/ })
  t.equal((await readFile(source.path)).length, 200_000)
  await disk.free()
  t.equal((await toFailed(source, WHY, deps)).path, join(disk.path, 'failed/film.mp4'))
})

t.test('a link planted in done is not followed', async (t) => {
  const base = t.testdir({ elsewhere: {}, ingest: { done: { show: t.fixture('symlink', '../../elsewhere') } } })
  const { source, deps } = await claimed(base, { 'show/film.mp4': 'media' })
  await t.rejects(toDone(source, deps), { fault: 'environment', code: 'storage_failed', message: /done\/show is a symbolic link/ })
  t.same(await readdir(join(base, 'elsewhere')), [])
})

t.test('a name that is taken between plan and move gets the next number', async (t) => {
  const base = t.testdir()
  const { ingest, source, deps } = await claimed(base, { 'film.mp4': 'media', 'film.en.srt': '1' })
  const { path } = await toDone(source, {
    ...deps,
    async onStep(step) {
      if (step === 'planned') await writeFile(join(ingest, 'done/film.mp4'), 'theirs')
    },
  })
  t.equal(path, join(ingest, 'done/film (2).mp4'))
  t.equal(await readFile(join(ingest, 'done/film.mp4'), 'utf8'), 'theirs')
})

t.test('a folder of done that was tidied up while the source could not be placed is made again', async (t) => {
  const base = t.testdir()
  const { ingest, source, deps } = await claimed(base, { 'show/film.mp4': 'media' })
  const full = new Error('the disk is full')
  const onStep = async (step: string) => {
    if (step === 'planned') throw full
  }
  await t.rejects(toDone(source, { ...deps, onStep }), full)
  await rm(join(ingest, 'done/show'), { recursive: true })
  t.equal((await toDone(source, deps)).path, join(ingest, 'done/show/film.mp4'))
})

t.test('the note of a source that was taken away again is replaced, that of one still there is not', async (t) => {
  const base = t.testdir()
  const failed = join(base, 'ingest/failed')
  const fail = async (message: string) => {
    const { source, deps } = await claimed(base, { 'film.mp4': message })
    await toFailed(source, { ...WHY, message }, deps)
  }
  await fail('one')
  await rm(join(failed, 'film.mp4'))
  await fail('two')
  await fail('three')
  t.same((await readdir(failed)).toSorted(), ['film (2).mp4', 'film (2).mp4.why.txt', 'film.mp4', 'film.mp4.why.txt'])
  t.match(await readFile(join(failed, 'film.mp4.why.txt'), 'utf8'), /^two\n/)
  t.match(await readFile(join(failed, 'film (2).mp4.why.txt'), 'utf8'), /^three\n/)
})

t.test('long names keep their notes apart', async (t) => {
  const base = t.testdir()
  const failed = join(base, 'ingest/failed')
  for (const end of ['a', 'b']) {
    const { source, deps } = await claimed(base, { [`${'x'.repeat(250)}${end}.mp4`]: end })
    await toFailed(source, { ...WHY, message: end }, deps)
  }
  const notes = (await readdir(failed)).filter((name) => name.endsWith('.why.txt'))
  t.same((await Promise.all(notes.map((name) => readFile(join(failed, name), 'utf8')))).map((text) => text.slice(0, 1)).toSorted(), ['a', 'b'])
})

t.test('a move that was cut off between link and unlink is ended, another file of the name is not taken for it', async (t) => {
  const base = t.testdir({ from: 'media', other: 'media' })
  const [from, to] = [Buffer.from(join(base, 'from')), Buffer.from(join(base, 'to'))]
  await link(from, to)
  t.equal(await placeFile(from, to, { temporary: 'x' }), true)
  t.same((await readdir(base)).toSorted(), ['other', 'to'])
  t.equal(await placeFile(Buffer.from(join(base, 'other')), to, { temporary: 'x' }), false)
  t.equal(await readFile(join(base, 'other'), 'utf8'), 'media')
  await symlink('nowhere', join(base, 'dangling'))
  t.equal(await placeFile(to, Buffer.from(join(base, 'dangling')), { temporary: 'x' }), false)
})

t.test('the note says first what a person needs, then what an engineer does', async (t) => {
  const lines = Array.from({ length: 30 }, (_, n) => `line ${n}`).join('\n')
  t.equal(
    whyText({ ...WHY, at_s: 3662.5, last_lines: `${lines}\n` }),
    `The file ends at 00:01:02 of 00:02:00.
Found at 01:01:02.500 (second 3662.5 of the source).
What to do: Copy it again.

Error: truncated
Job: 01J
Time: 1970-01-01T00:00:00.000Z

The last that the program said:
${Array.from({ length: 20 }, (_, n) => `  line ${n + 10}`).join('\n')}
`,
  )
  t.equal(whyText(WHY), 'The file ends at 00:01:02 of 00:02:00.\nWhat to do: Copy it again.\n\nError: truncated\nJob: 01J\nTime: 1970-01-01T00:00:00.000Z\n')
})
