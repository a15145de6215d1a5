import { copyFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { countAsset } from '../../support/counted-asset.ts'
import { testEncoder, type TestEncoder } from '../../support/encoder.ts'
import { followJobs } from '../../support/job-events.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { noSmallDisk, smallDisk } from '../../support/small-disk.ts'
import { traversableDirectory } from '../../support/temporary.ts'
import { until } from '../../support/until.ts'

const FRAMES = 100
const range = (count: number) => Array.from({ length: count }, (_, index) => index)

async function blockedWith(encoder: TestEncoder, code: string) {
  await using events = await followJobs(encoder, 60_000)
  const known = (await encoder.jobs()).find((job) => job.blocked?.code === code)
  return known ?? await events.until((job) => job.blocked?.code === code)
}

t.test('without ffmpeg a job waits and says how to mend it; once ffmpeg is there it goes on by itself', async (t) => {
  const root = await traversableDirectory('greenroom-encoder-')
  const tools = { ffmpeg: join(root, 'ffmpeg'), ffprobe: join(root, 'ffprobe') }
  await using encoder = await testEncoder({ root, settings: { tools } })
  const clip = await makeCounter({ file: join(root, 'clip.mp4'), frames: FRAMES })
  await encoder.start()
  t.match(encoder.output(), /tools\.ffmpeg: found .*apt-get install ffmpeg/, 'the log says it before anybody drops a file')
  await rename(clip.file, join(encoder.ingest, 'clip.mp4'))
  const job = await blockedWith(encoder, 'tool_missing')
  t.match(job.blocked, { fault: 'environment', message: new RegExp(tools.ffmpeg), advice: /.+/ })
  t.same(await readdir(join(encoder.ingest)), [], 'the source is not called failed')
  await symlink('/usr/bin/ffmpeg', tools.ffmpeg)
  await symlink('/usr/bin/ffprobe', tools.ffprobe)
  const done = await encoder.reached('clip.mp4', 'done')
  for (const shown of Object.values((await countAsset(encoder.media, done.asset)).numbers)) t.same(shown, range(FRAMES))
})

t.test('an ffmpeg without libx264 is the host’s fault', async (t) => {
  const root = await traversableDirectory('greenroom-encoder-')
  const ffmpeg = join(root, 'ffmpeg')
  await writeFile(ffmpeg, '#!/bin/sh\ncase "$*" in *-encoders*) /usr/bin/ffmpeg "$@" | grep -v libx264 ;; *) exec /usr/bin/ffmpeg "$@" ;; esac\n', { mode: 0o755 })
  await using encoder = await testEncoder({ root, settings: { tools: { ffmpeg } } })
  const clip = await makeCounter({ file: join(root, 'clip.mp4'), frames: FRAMES })
  await encoder.start()
  await rename(clip.file, join(encoder.ingest, 'clip.mp4'))
  t.match((await blockedWith(encoder, 'codec_missing')).blocked, { fault: 'environment', message: /libx264/ })
})

t.test('an ffmpeg that crashes each time is never blamed on the source: the job is parked, and a retry goes on', async (t) => {
  const root = await traversableDirectory('greenroom-encoder-')
  const ffmpeg = join(root, 'ffmpeg')
  await writeFile(ffmpeg, '#!/bin/sh\ncase "$*" in *libx264*hls*) kill -SEGV $$ ;; *) exec /usr/bin/ffmpeg "$@" ;; esac\n', { mode: 0o755 })
  await using encoder = await testEncoder({ root, settings: { tools: { ffmpeg }, jobs: { attempts: 2 } } })
  const clip = await makeCounter({ file: join(root, 'clip.mp4'), frames: FRAMES })
  await encoder.start()
  await rename(clip.file, join(encoder.ingest, 'clip.mp4'))
  await using events = await followJobs(encoder, 60_000)
  const parked = await events.until(({ blocked }) => blocked !== null && blocked.retry_at === null)
  t.match(parked.blocked, { fault: 'tool', code: 'tool_crashed', advice: /greenroom-encoder retry/ })
  await rm(ffmpeg)
  await symlink('/usr/bin/ffmpeg', ffmpeg)
  t.equal((await encoder.call('POST', `/v1/jobs/${parked.id}/retry`)).status, 200)
  await encoder.reached('clip.mp4', 'done')
})

t.test('a disk that fills in the middle of a chunk, and kill -9 meanwhile: the reason is told everywhere, nothing is lost, and it goes on by itself', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(64 * 1024)
  const root = await traversableDirectory('greenroom-encoder-')
  // At the pace of a slower machine, so that there is a middle to fill the disk in.
  const ffmpeg = join(root, 'ffmpeg')
  await writeFile(ffmpeg, '#!/bin/sh\ncase "$*" in *libx264*hls*) exec /usr/bin/ffmpeg -readrate 1.5 "$@" ;; *) exec /usr/bin/ffmpeg "$@" ;; esac\n', { mode: 0o755 })
  await using encoder = await testEncoder({ root, settings: { tools: { ffmpeg }, work: { directory: join(disk.path, 'work'), min_free: '8MiB' } } })
  const clip = await makeCounter({ file: join(root, 'clip.mp4'), frames: 250, size: '160x90' })
  await encoder.start()
  await copyFile(clip.file, join(root, 'copy.mp4'))
  {
    await using events = await followJobs(encoder, 100_000)
    await rename(clip.file, join(encoder.ingest, 'clip.mp4'))
    await events.until(({ chunks }) => chunks.done >= 1)
    await disk.fill()
    await events.until(({ blocked }) => blocked?.code === 'no_space')
  }
  await rename(join(root, 'copy.mp4'), join(encoder.ingest, 'other.mp4'))
  await encoder.kill('SIGKILL')
  await encoder.start()
  const file = await until('the other file waits for space', async () => {
    const { body } = await encoder.call('GET', '/v1/waiting')
    return (body as { waiting: { name: string; reason: string; detail: string }[] }).waiting.find(({ name, reason }) => name === 'other.mp4' && reason === 'no_space')
  })
  t.match(file.detail, /work\.min_free/)
  t.match(await encoder.call('GET', '/readyz'), { status: 503, body: { problems: [/0B free.*work\.min_free/] } })
  t.match((await encoder.call('GET', '/metrics')).body, /^greenroom_intake_problem\{code="no_space"\} 1$/m)
  t.match(await encoder.command('status'), { code: 0, stdout: /not ready: The work area .* has 0B free/ })
  await disk.free()
  for (const name of ['clip', 'other']) {
    const job = await encoder.reached(`${name}.mp4`, 'done')
    t.equal(job.chunks.encoded, job.chunks.planned, 'each chunk is recorded once')
    for (const shown of Object.values((await countAsset(encoder.media, name)).numbers)) t.same(shown, range(250))
  }
})
