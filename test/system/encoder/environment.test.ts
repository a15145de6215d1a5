import { copyFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { countAsset } from '../../support/counted-asset.ts'
import { testEncoder, type TestEncoder } from '../../support/encoder.ts'
import { followJobs } from '../../support/job-events.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { noSmallDisk, smallDisk } from '../../support/small-disk.ts'
import { traversableDirectory } from '../../support/temporary.ts'

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

t.test('a full work area: intake waits with its reason, what runs is blocked, nothing is lost, and it goes on by itself', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(96 * 1024)
  const root = await traversableDirectory('greenroom-encoder-')
  await using encoder = await testEncoder({ root, settings: { work: { directory: join(disk.path, 'work'), min_free: '16MiB' } } })
  const clip = await makeCounter({ file: join(root, 'clip.mp4'), frames: FRAMES })
  await encoder.start()
  await disk.fill()
  await copyFile(clip.file, join(root, 'copy.mp4'))
  await rename(join(root, 'copy.mp4'), join(encoder.ingest, 'clip.mp4'))
  t.equal((await encoder.call('GET', '/readyz')).status, 503)
  await using events = await followJobs(encoder, 60_000)
  const until = async () => {
    for (;;) {
      const { body } = await encoder.call('GET', '/v1/waiting')
      const file = (body as { waiting: { name: string; reason: string; detail: string }[] }).waiting.find(({ name }) => name === 'clip.mp4')
      if (file?.reason === 'no_space') return file
    }
  }
  t.match((await until()).detail, /work\.min_free/)
  await disk.free()
  await events.until(({ state }) => state === 'done')
  for (const shown of Object.values((await countAsset(encoder.media, 'clip')).numbers)) t.same(shown, range(FRAMES))
})
