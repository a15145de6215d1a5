import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { countAsset } from '../../support/counted-asset.ts'
import { testEncoder } from '../../support/encoder.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { traversableDirectory } from '../../support/temporary.ts'

/** What is not a letter, digit, dot, dash or underscore is lost in the name; a hash of the whole keeps two apart that would meet. */
const ASSET = 'My-clip-4ea1325176'
const range = (count: number) => Array.from({ length: count }, (_, index) => index)

t.test('a file that is dropped becomes an asset with every frame once, and its source is put away', async (t) => {
  await using encoder = await testEncoder({ root: await traversableDirectory('greenroom-encoder-') })
  const clip = await makeCounter({ file: join(encoder.work, '..', 'clip.mp4'), frames: 150, gop: 40 })
  await encoder.start()
  await rename(clip.file, join(encoder.ingest, 'My clip.mp4'))
  const job = await encoder.reached('My clip.mp4', 'done')
  t.match(job, { asset: ASSET, state: 'done', progress: 1, attempt: 1, blocked: null, error: null, playable_at: String })
  t.ok(job.chunks.planned > 1, `${job.chunks.planned} chunks`)
  t.same([job.chunks.done, job.chunks.encoded], [job.chunks.planned, job.chunks.planned])
  t.equal(job.publishing.stored, job.publishing.objects)

  const { numbers, beeps, summary } = await countAsset(encoder.media, ASSET)
  t.equal(summary.state, 'ready')
  for (const [rung, shown] of Object.entries(numbers)) t.same(shown, range(150), rung)
  t.equal(beeps['a0']?.length, clip.beeps[0]?.length)
  for (const [index, at] of (clip.beeps[0] ?? []).entries()) t.ok(Math.abs((beeps['a0']?.[index] ?? 99) - at) < 0.01, `beep ${index}`)

  t.same(await readdir(join(encoder.ingest, 'done')), ['My clip.mp4'])
  t.same(await readdir(join(encoder.work, 'jobs')), [], 'the work area is empty again')
  t.same((await readdir(encoder.ingest)).toSorted(), ['done'])

  let latest = job.id
  await t.test('the same file again is done at once, and nothing is encoded', async (t) => {
    await rename(join(encoder.ingest, 'done', 'My clip.mp4'), join(encoder.ingest, 'My clip.mp4'))
    const again = await encoder.reached('My clip.mp4', 'done', job.id)
    latest = again.id
    t.equal(again.chunks.encoded, 0)
    t.match(again.notes[0], /published before, as version/)
    t.equal((await countAsset(encoder.media, ASSET)).version, job.version)
  })

  await t.test('another file of that name is a new version beside the old one', async (t) => {
    const other = await makeCounter({ file: join(encoder.work, '..', 'other.mp4'), frames: 100, number: (index) => index + 1000 })
    await rename(other.file, join(encoder.ingest, 'My clip.mp4'))
    const next = await encoder.reached('My clip.mp4', 'done', latest)
    const { numbers, version } = await countAsset(encoder.media, ASSET)
    t.equal(version, next.version)
    for (const shown of Object.values(numbers)) t.same(shown, range(100).map((index) => index + 1000))
    const document = JSON.parse(await readFile(join(encoder.media, ASSET, 'asset.json'), 'utf8')) as { previous_versions: string[] }
    t.same(document.previous_versions, [job.version])
    t.ok((await stat(join(encoder.media, ASSET, job.version))).isDirectory(), 'players of the old one go on')
    t.same((await readdir(join(encoder.ingest, 'done'))).length, 2, 'neither source was written over')

    const back = await encoder.call('POST', `/v1/assets/${ASSET}/rollback`, {})
    t.equal(back.status, 200)
    t.equal((await countAsset(encoder.media, ASSET)).version, job.version)
  })
})

t.test('rubbish is refused in one sentence beside the file, and what belongs to it stays with it', async (t) => {
  await using encoder = await testEncoder({ root: await traversableDirectory('greenroom-encoder-') })
  await encoder.start()
  await writeFile(join(encoder.ingest, 'notes.mp4'), 'Dear colleague,\nplease find the film attached.\n')
  await writeFile(join(encoder.ingest, 'list.mp4'), '#EXTM3U\n#EXTINF:4,\nfile:///etc/passwd\n')
  const notes = await encoder.reached('notes.mp4', 'failed')
  t.match(notes.error, { fault: 'source', code: 'text_file' })
  const list = await encoder.reached('list.mp4', 'failed')
  t.match(list.error, { fault: 'source', code: 'playlist' })
  const why = await readFile(join(encoder.ingest, 'failed', 'notes.mp4.why.txt'), 'utf8')
  t.ok(why.includes(notes.error?.message ?? '?') && why.includes(notes.id), why)
  t.same((await readdir(join(encoder.ingest, 'failed'))).toSorted(), ['list.mp4', 'list.mp4.why.txt', 'notes.mp4', 'notes.mp4.why.txt'])
  t.same(await readdir(encoder.media), [])

  await t.test('a retry takes it from there, and judges again', async (t) => {
    const { status, body } = await encoder.call('POST', `/v1/jobs/${notes.id}/retry`)
    t.equal(status, 200)
    t.equal(body.id, notes.id)
    const again = await encoder.reached('notes.mp4', 'failed')
    t.equal(again.attempts.length, 2)
    t.ok((await readdir(join(encoder.ingest, 'failed'))).includes('notes.mp4'))
  })
})
