import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { JobView } from '../../../encoder/jobs/contract.ts'
import { countAsset } from '../../support/counted-asset.ts'
import { testEncoder } from '../../support/encoder.ts'
import { followJobs } from '../../support/job-events.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { traversableDirectory } from '../../support/temporary.ts'
import { until } from '../../support/until.ts'

const FRAMES = 300
const range = (count: number) => Array.from({ length: count }, (_, index) => index)

/** At three times the pace at which it is played, so that there is a middle in which something can happen. */
const SLOW_FFMPEG = '#!/bin/sh\ncase "$*" in *libx264*hls*) exec /usr/bin/ffmpeg -readrate 3 "$@" ;; *) exec /usr/bin/ffmpeg "$@" ;; esac\n'

// One for all: each part has a source of its own, and leaves it running.
const root = await traversableDirectory('greenroom-encoder-')
const ffmpeg = join(root, 'ffmpeg')
await writeFile(ffmpeg, SLOW_FFMPEG, { mode: 0o755 })
const encoder = await testEncoder({ root, settings: { tools: { ffmpeg } } })
t.teardown(async () => encoder[Symbol.asyncDispose]())
await encoder.start()

/** Of one chunk: it is not shown before it is whole, and has no growing playlists whose end would be waited for. */
const SHORT = 50

/** Each clip shows other numbers: the same again would be done at once. */
let numbered = 0

async function drop(name: string, frames = FRAMES): Promise<number[]> {
  const first = numbered
  numbered += frames
  const clip = await makeCounter({ file: join(root, name), frames, size: '160x90', gop: 50, number: (index) => index + first })
  await rename(clip.file, join(encoder.ingest, name))
  return range(frames).map((index) => index + first)
}

/** Waits for the first event in which the job of a file is as wanted. */
async function when(name: string, wanted: (job: JobView) => boolean): Promise<JobView> {
  await using events = await followJobs(encoder, 100_000)
  const now = (await encoder.jobs()).find((job) => job.source.name === name)
  if (now !== undefined && wanted(now)) return now
  return await events.until((job) => job.source.name === name && wanted(job))
}

t.test('a paused job ends after the chunk in flight, also over a restart, and goes on where it was', async (t) => {
  const numbers = await drop('paused.mp4')
  const { id } = await when('paused.mp4', ({ chunks }) => chunks.done >= 1)
  t.equal((await encoder.call('POST', `/v1/jobs/${id}/pause`)).status, 200)
  t.equal((await encoder.command('show', id)).code, 0)
  await encoder.restart()
  const paused = (await encoder.call('GET', `/v1/jobs/${id}`)).body as JobView
  t.match(paused, { paused: true, state: 'encoding' })
  t.ok(paused.chunks.done < paused.chunks.planned)
  t.equal((await encoder.call('POST', `/v1/jobs/${id}/resume`)).status, 200)
  const done = await encoder.reached('paused.mp4', ['finishing', 'done'])
  t.equal(done.chunks.encoded, done.chunks.planned, 'no chunk was encoded twice')
  for (const shown of Object.values((await countAsset(encoder.media, 'paused')).numbers)) t.same(shown, numbers)
})

t.test('a cancelled job leaves nothing of a growing asset, and its source in failed; a retry makes it whole', async (t) => {
  const numbers = await drop('cancelled.mp4')
  const { id } = await when('cancelled.mp4', ({ playable_at: playable }) => playable !== null)
  t.ok((await readdir(join(encoder.media, 'cancelled'))).includes('master.m3u8'), 'it was playable')
  const answer = await encoder.call('POST', `/v1/jobs/${id}/cancel`)
  t.equal(answer.status, 200)
  await encoder.reached('cancelled.mp4', 'cancelled')
  t.same((await readdir(join(encoder.ingest, 'failed'))).toSorted(), ['cancelled.mp4', 'cancelled.mp4.why.txt'])
  t.notOk((await readdir(join(encoder.media, 'cancelled')).catch((): string[] => [])).includes('master.m3u8'), 'nobody is shown half of it')
  t.equal((await encoder.call('POST', `/v1/jobs/${id}/cancel`)).status, 409)
  t.equal((await encoder.call('POST', `/v1/jobs/${id}/retry`)).status, 200)
  await encoder.reached('cancelled.mp4', ['finishing', 'done'])
  for (const shown of Object.values((await countAsset(encoder.media, 'cancelled')).numbers)) t.same(shown, numbers)
})

t.test('a growing asset plays from its first chunk on, its playlists only ever grow, and tell their end last, also after a crash', async (t) => {
  await encoder.kill()
  await encoder.startDoomed('tell-end')
  await drop('growing.mp4')
  const job = await when('growing.mp4', ({ playable_at: playable }) => playable !== null)
  t.equal(job.state, 'encoding')
  const base = join(encoder.media, 'growing')
  const media = /^(\S+\/early\/\S+)$/m.exec(await readFile(join(base, 'master.m3u8'), 'utf8'))?.[1] ?? ''
  const early = await readFile(join(base, media), 'utf8')
  t.match(early, /#EXT-X-PLAYLIST-TYPE:EVENT/)
  t.notMatch(early, /ENDLIST/)
  const segments = early.split('\n').filter((line) => line.endsWith('.m4s'))
  t.ok(segments.length > 0)

  t.equal((await encoder.ended()).signal, 'SIGKILL')
  t.match(JSON.parse(await readFile(join(base, 'asset.json'), 'utf8')), { state: 'ready' })
  const whole = await readFile(join(base, media), 'utf8')
  t.notMatch(whole, /ENDLIST/, 'caches may still hold one that lacks its last segments')
  t.same(whole.split('\n').filter((line) => line.endsWith('.m4s')).slice(0, segments.length), segments)
  await encoder.start()
  await encoder.reached('growing.mp4', 'done')
  t.equal(await readFile(join(base, media), 'utf8'), `${whole}#EXT-X-ENDLIST\n`, 'a player that began early is told the end')
  const master = await readFile(join(base, 'master.m3u8'), 'utf8')
  t.notMatch(master, /early/, 'new players get the playlists that never change')
})

t.test('a pause of intake stands over a restart, until somebody ends it', async (t) => {
  t.match(await encoder.command('intake', 'pause', '--reason', 'the disk is being changed'), { code: 0 })
  await encoder.kill('SIGKILL')
  await encoder.start()
  await drop('waiting.mp4', SHORT)
  t.match(await until('the file waits', async () => {
    const { body } = await encoder.call('GET', '/v1/waiting')
    return (body as { waiting: { reason: string; detail: string }[] }).waiting.find(({ reason }) => reason === 'intake_paused')
  }), { detail: /the disk is being changed/ })
  t.match(await encoder.command('intake', 'resume'), { code: 0 })
  await encoder.restart()
  await encoder.reached('waiting.mp4', 'done')
})

t.test('a re-ingest shows nothing of the new version before it is complete', async (t) => {
  await drop('replaced.mp4', SHORT)
  const first = await encoder.reached('replaced.mp4', 'done')
  const numbers = await drop('replaced.mp4')
  await when('replaced.mp4', ({ id, chunks }) => id > first.id && chunks.done >= 1)
  t.equal((JSON.parse(await readFile(join(encoder.media, 'replaced', 'asset.json'), 'utf8')) as { version: string }).version, first.version)
  const second = await encoder.reached('replaced.mp4', 'done', first.id)
  const counted = await countAsset(encoder.media, 'replaced')
  t.equal(counted.version, second.version)
  for (const shown of Object.values(counted.numbers)) t.same(shown, numbers)
})

t.test('the command line shows jobs, and tells what is wrong with what it is asked', async (t) => {
  await drop('shown.mp4', SHORT)
  const job = await encoder.reached('shown.mp4', 'done')
  const listed = await encoder.command('jobs', '--all')
  t.equal(listed.code, 0)
  t.match(listed.stdout, /shown +done +100 %/)
  const shown = await encoder.command('show', job.id, '--json')
  t.equal((JSON.parse(shown.stdout) as JobView).id, job.id)
  t.match(await encoder.command('show', 'nonsense'), { code: 2, stderr: /nonsense/ })
  t.match(await encoder.command('cancel', job.id), { code: 3, stderr: /done/ })
  t.match(await encoder.command('assets'), { code: 0, stdout: /shown/ })
})
