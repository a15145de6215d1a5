import { link, lstat, mkdir, readdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { testIntake } from '../../support/intake.ts'
import { until } from '../../support/until.ts'

t.test('a dropped file is claimed: written down first, then moved under a plain name', async (t) => {
  await using host = await testIntake(t.testdir())
  await writeFile(join(host.ingest, 'My film.MP4'), 'media')
  const [source] = await host.ledger.until(1)
  t.match(source, { name: 'My film.MP4', size: 5, profile: 'default', asset: /^My-film-[0-9a-f]{10}$/, options: {}, captions: [], fault: null })
  t.equal(source?.path, join(host.work, 'jobs/job-1/source/source.mp4'))
  t.equal(await readFile(source?.path ?? '', 'utf8'), 'media')
  t.same(await readdir(host.ingest), [])
  await until('nothing waits', () => host.intake.waiting().length === 0)
  const [[, entry] = []] = host.ledger.jobs
  t.same(entry?.planned.files.map((path) => Buffer.from(path, 'base64').toString()), [join(host.ingest, 'My film.MP4')])
})

t.test('a file that is there at the start is claimed too', async (t) => {
  const directory = t.testdir({ ingest: { 'old.mkv': 'media' } })
  await using host = await testIntake(directory)
  t.equal((await host.ledger.until(1))[0]?.asset, 'old')
})

t.test('options and captions travel with their source', async (t) => {
  await using host = await testIntake(t.testdir())
  const files = { 'film.json': '{"asset": "films/one", "profile": "preview", "captions": {"film.en.sdh.srt": {"label": "English (SDH)"}}}', 'film.en.sdh.srt': '1', 'film.pt_br.forced.vtt': '2', 'film.mp4': 'media' }
  for (const [name, content] of Object.entries(files)) await writeFile(join(host.ingest, name), content)
  const [source] = await host.ledger.until(1)
  t.match(source, { asset: 'films/one', profile: 'preview', options: { asset: 'films/one' }, fault: null })
  t.same(
    source?.captions.map(({ path, ...said }) => ({ ...said, content: path.slice(dirname(path).length) })),
    [
      { language: 'en', label: 'English (SDH)', default: false, forced: false, hearing_impaired: true, content: '/captions-0.srt' },
      { language: 'pt-BR', label: null, default: false, forced: true, hearing_impaired: false, content: '/captions-1.vtt' },
    ],
  )
  t.same(await readdir(host.ingest), [])
  t.same((await readdir(source?.directory ?? '')).toSorted(), ['captions-0.srt', 'captions-1.vtt', 'options.json', 'source.mp4'])
  t.same(source?.files.map(({ name_bytes }) => Buffer.from(name_bytes, 'base64').toString()).toSorted(), Object.keys(files).toSorted())
})

t.test('a sidecar alone never becomes a job', async (t) => {
  await using host = await testIntake(t.testdir())
  await writeFile(join(host.ingest, 'film.json'), '{}')
  await writeFile(join(host.ingest, 'film.de.srt'), '1')
  await host.untilWaiting('film.json', 'sidecar')
  await host.untilWaiting('film.de.srt', 'sidecar')
  t.equal(host.ledger.jobs.size, 0)
  await writeFile(join(host.ingest, 'film.mov'), 'media')
  t.equal((await host.ledger.until(1))[0]?.captions[0]?.language, 'de')
})

t.test('faulty options are told all at once, with the source claimed', async (t) => {
  await using host = await testIntake(t.testdir())
  await mkdir(join(host.ingest, 'news'))
  await writeFile(join(host.ingest, 'news/a.json'), '{"profile": "uhdd", "prioritty": 1, "language": "klingon!", "asset": "../x"}')
  await writeFile(join(host.ingest, 'news/a.mp4'), 'media')
  const [source] = await host.ledger.until(1)
  t.equal(source?.asset, 'news/a')
  const message = source?.fault?.message ?? ''
  for (const part of ['news/a.json', '4 faults', 'profile', 'did you mean "uhd"', 'prioritty', 'priority', 'language', 'asset']) t.match(message, part)
})

t.test('a folder dropped whole keeps its structure; the top folder of a profile selects it', async (t) => {
  const directory = t.testdir({ dropped: { uhd: { show: { s1: { 'e1.mp4': '1', 'e2.mp4': '2' } } } }, ingest: { done: { 'x.mp4': '' }, failed: { 'y.mp4': '' }, '.hidden': { 'z.mp4': 'z' } } })
  await using host = await testIntake(directory)
  await rename(join(directory, 'dropped/uhd'), join(host.ingest, 'uhd'))
  const sources = await host.ledger.until(2)
  t.same(sources.map(({ asset, profile }) => ({ asset, profile })).toSorted((a, b) => a.asset.localeCompare(b.asset)), [
    { asset: 'show/s1/e1', profile: 'uhd' },
    { asset: 'show/s1/e2', profile: 'uhd' },
  ])
  await until('nothing waits', () => host.intake.waiting().length === 0)
})

t.test('a folder that is removed as soon as it is empty holds up nothing', async (t) => {
  const directory = t.testdir({ ingest: { folder: { 'film.mp4': 'media' } } })
  await using host = await testIntake(directory, { onStep: async (step) => step === 'moved 0' && rmdir(join(directory, 'ingest/folder')) })
  t.equal((await host.ledger.until(1))[0]?.name, 'folder/film.mp4')
  t.equal(host.intake.problem(), null)
})

t.test('the same name twice is two claims', async (t) => {
  await using host = await testIntake(t.testdir())
  await writeFile(join(host.ingest, 'film.mp4'), 'one')
  await host.ledger.until(1)
  await writeFile(join(host.ingest, 'film.mp4'), 'other')
  const [one, two] = await host.ledger.until(2)
  t.not(one?.path, two?.path)
  t.equal(await readFile(one?.path ?? '', 'utf8'), 'one')
  t.equal(await readFile(two?.path ?? '', 'utf8'), 'other')
})

t.test('hard links are two sources', async (t) => {
  const directory = t.testdir({ 'film.mp4': 'media', ingest: {} })
  await link(join(directory, 'film.mp4'), join(directory, 'ingest/a.mp4'))
  await link(join(directory, 'film.mp4'), join(directory, 'ingest/b.mp4'))
  await using host = await testIntake(directory)
  const sources = await host.ledger.until(2)
  t.same(sources.map(({ asset }) => asset).toSorted(), ['a', 'b'])
  t.equal((await lstat(join(directory, 'film.mp4'))).nlink, 3)
})

t.test('the ledger decides whether anything is claimed, and its reason is shown', async (t) => {
  await using host = await testIntake(t.testdir())
  host.ledger.refusal = { reason: 'no_space', detail: 'Only 1 MB is free.' }
  await writeFile(join(host.ingest, 'film.mp4'), 'media')
  t.equal((await host.untilWaiting('film.mp4', 'no_space')).detail, 'Only 1 MB is free.')
  t.equal(host.ledger.jobs.size, 0)
  host.ledger.refusal = null
  await host.ledger.until(1)
})

t.test('paused by hand, files wait and say so', async (t) => {
  await using host = await testIntake(t.testdir())
  host.intake.pause('the store is being moved')
  t.equal(host.intake.paused, 'the store is being moved')
  await writeFile(join(host.ingest, 'film.mp4'), 'media')
  t.match((await host.untilWaiting('film.mp4', 'intake_paused')).detail, 'the store is being moved')
  t.equal(host.ledger.jobs.size, 0)
  host.intake.resume()
  await host.ledger.until(1)
})

t.test('many files at once are claimed in batches, each once', async (t) => {
  const directory = t.testdir({ dropped: {} })
  const names = Array.from({ length: 130 }, (_, n) => `clip-${n}.mp4`)
  await Promise.all(names.map((name) => writeFile(join(directory, 'dropped', name), name)))
  await using host = await testIntake(directory, { batch: 40 })
  const batches: number[] = []
  const begin = host.ledger.begin.bind(host.ledger)
  host.ledger.begin = (claims) => {
    batches.push(claims.length)
    return begin(claims)
  }
  await rename(join(directory, 'dropped'), join(host.ingest, 'dropped'))
  const sources = await host.ledger.until(names.length)
  t.same(sources.map(({ name }) => name).toSorted(), names.map((name) => `dropped/${name}`).toSorted())
  t.same(batches, [40, 40, 40, 10])
  for (const { path, name } of sources.slice(0, 20)) t.equal(await readFile(path, 'utf8'), name.slice('dropped/'.length))
})

t.test('a small file passes a large one that the ledger has no room for', async (t) => {
  await using host = await testIntake(t.testdir())
  host.ledger.mayClaim = (bytes) => (bytes > 1000 ? { reason: 'no_space', detail: `${bytes} bytes are too many.` } : null)
  await writeFile(join(host.ingest, 'a-large.mp4'), 'x'.repeat(1001))
  await writeFile(join(host.ingest, 'b-small.mp4'), 'x')
  t.equal((await host.ledger.until(1))[0]?.name, 'b-small.mp4')
  t.equal((await host.untilWaiting('a-large.mp4', 'no_space')).detail, '1001 bytes are too many.')
})
