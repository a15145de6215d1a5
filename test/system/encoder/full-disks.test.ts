import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { countAsset } from '../../support/counted-asset.ts'
import { dropCopy, padding } from '../../support/encoder-outages.ts'
import { testEncoder } from '../../support/encoder.ts'
import { followJobs } from '../../support/job-events.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { noSmallDisk, smallDisk } from '../../support/small-disk.ts'
import { traversableDirectory } from '../../support/temporary.ts'

const FRAMES = 100
const MIB = 1024 ** 2
const range = (count: number) => Array.from({ length: count }, (_, index) => index)

t.test('done/ lies on a file system of its own that is full: the asset is published, its source waits and is put away once there is space', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(4 * 1024)
  const root = await traversableDirectory('greenroom-encoder-')
  const done = join(disk.path, 'done')
  await using encoder = await testEncoder({ root, settings: { ingest: { done } } })
  const { file: clip } = await makeCounter({ file: join(root, 'clip.mp4'), frames: FRAMES, size: '160x90' })
  await encoder.start()
  await disk.fill()
  await using events = await followJobs(encoder, 60_000)
  await dropCopy(encoder, clip, 'film', padding(MIB))
  const { blocked } = await events.until((job) => job.blocked !== null)
  t.match(blocked, { code: 'no_space', message: new RegExp(disk.path), advice: /by itself/ })
  t.same(Object.values((await countAsset(encoder.media, 'film')).numbers), [range(FRAMES)], 'the asset is there all the same')
  await encoder.restart('SIGKILL')
  await disk.free()
  const job = await encoder.reached('film.mp4', 'done')
  t.equal(job.chunks.encoded, job.chunks.planned)
  t.same(await readdir(done), ['film.mp4'])
  t.equal((await stat(join(done, 'film.mp4'))).size, (await stat(clip)).size + MIB)
})

t.test('the disk of the ledger is full: a call that would change something says so and changes nothing', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(32 * 1024)
  const root = await traversableDirectory('greenroom-encoder-')
  await using encoder = await testEncoder({ root, settings: { work: { directory: join(disk.path, 'work'), min_free: '1MiB' } } })
  const { file: clip } = await makeCounter({ file: join(root, 'clip.mp4'), frames: FRAMES, size: '160x90' })
  await encoder.start()
  await dropCopy(encoder, clip, 'film', padding(64))
  const job = await encoder.reached('film.mp4', 'done')
  await dropCopy(encoder, clip, 'film', padding(128))
  const newer = await encoder.reached('film.mp4', 'done', job.id)
  await disk.fill()
  t.match(await encoder.call('POST', '/v1/assets/film/rollback', {}), { status: 507, body: { code: 'storage_failed', detail: /ledger in the work area.*Free some space/ } })
  t.match(await encoder.command('publish', 'rollback', 'film'), { code: 1, stderr: /space/ })
  t.equal((await encoder.call('GET', '/healthz')).status, 200, 'it lives on')
  t.equal((await countAsset(encoder.media, 'film')).version, newer.version)
  await disk.free()
  t.match(await encoder.command('publish', 'rollback', 'film'), { code: 0 })
  t.equal((await countAsset(encoder.media, 'film')).version, job.version)
})
