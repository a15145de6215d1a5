import { statSync, truncateSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { asJobError } from '../../../encoder/jobs/as-job-error.ts'
import { encodeVideo } from '../../../encoder/encode/video.ts'
import type { MadeChunk } from '../../../encoder/encode/records.ts'
import { debian, ffmpegs, processesWith } from '../../support/ffmpegs.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { isExact, slowly, TestEncoding, testMark } from '../../support/media/encode.ts'
import { testPlan } from '../../support/media/test-plan.ts'
import { noSmallDisk, smallDisk } from '../../support/small-disk.ts'
import { until } from '../../support/until.ts'

t.setTimeout(240_000)

const tools = await debian.open()

t.test('an ffmpeg that stands still or crashes is told apart, and what it had finished is kept', async (t) => {
  const directory = t.testdir({})
  const { file } = await makeCounter({ file: join(directory, 'clip.mp4'), frames: 120, audio: [] })
  const video = testPlan(file, { rungs: [{}] })
  for (const [signal, code] of [['SIGSTOP', 'tool_stalled'], ['SIGSEGV', 'tool_crashed']] as const) {
    const encoding = new TestEncoding(video, { source: file, directory: join(directory, signal), tools, mark: testMark(signal) })
    const ended = encoding.run({ plan: slowly(video), stallMs: 2000, onChunk: async ({ index }) => void (index === 0 && processesWith(testMark(signal).work).forEach((pid) => process.kill(pid, signal))) })
    await t.rejects(ended, { code, fault: 'tool' })
    t.ok(encoding.chunks.length > 0 && encoding.chunks.length < video.chunks.length)
    t.same(processesWith(testMark(signal).work), [])
  }
})

t.test('asked to end, it ends after the chunk at hand and hands over no other', async (t) => {
  const directory = t.testdir({})
  const { file } = await makeCounter({ file: join(directory, 'clip.mp4'), frames: 100, audio: [] })
  const video = testPlan(file, { rungs: [{}] })
  const encoding = new TestEncoding(video, { source: file, directory: join(directory, 'made'), tools })
  const abort = new AbortController()
  await t.rejects(encoding.run({ signal: abort.signal, onChunk: async ({ index }) => void (index === 1 && abort.abort(new Error('paused by hand'))) }), { message: 'paused by hand' })
  t.equal(encoding.chunks.length, 2)
  await t.rejects(encoding.run({ onChunk: async () => { throw new Error('the ledger is full') } }), { message: 'the ledger is full' }, 'what the ledger says ends it as well')
  t.equal(encoding.chunks.length, 3)
})

t.test('a full disk is the fault of the host; what was recorded is whole, and it goes on when there is space', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(1024)
  const directory = t.testdir({})
  const { file } = await makeCounter({ file: join(directory, 'clip.mp4'), frames: 100, audio: [] })
  const video = testPlan(file)
  const encoding = new TestEncoding(video, { source: file, directory: join(disk.path, 'made'), tools })
  await t.rejects(encoding.run({ plan: slowly(video), onChunk: () => disk.fill() }), { code: 'no_space', fault: 'environment' })
  t.ok(encoding.chunks.length > 0 && encoding.chunks.length < video.chunks.length)
  await isExact(t, video, encoding, encoding.chunks.reduce((sum, chunk) => sum + chunk.frames, 0))
  // Not even its own files can be written: the runner knows the system's error too.
  t.equal(asJobError(await encoding.run().catch((error: unknown) => error)).code, 'no_space')
  await disk.free()
  await encoding.run()
  await isExact(t, video, encoding, 100)
})

for (const tool of ffmpegs) {
  t.test(`${tool.name}: a source that ends too early is refused as cut off, one that cannot be decoded as damaged, each with the second`, { skip: tool.skip }, async (t) => {
    const directory = t.testdir({})
    const run = { tools: await tool.open(), fromChunk: 0, expectedInits: new Map<string, string>(), signal: new AbortController().signal, stallMs: 30_000 }
    const { file } = await makeCounter({ file: join(directory, 'clip.mkv'), frames: 200, audio: [] })
    const cut = testPlan(file, { rungs: [{}], change: { max_damaged: 200 } })
    truncateSync(file, Math.round(statSync(file).size * 0.6))
    const made: MadeChunk[] = []
    const short = encodeVideo({ ...run, plan: { video: cut }, source: file, directory: join(directory, 'cut'), onChunk: async (chunk) => void made.push(chunk) })
    await t.rejects(short, { code: 'truncated', fault: 'source', message: /up to second [3-6](\.\d)? only, of 8/ })
    t.ok(made.length > 0 && made.length < cut.chunks.length)

    const torn = await makeCounter({ file: join(directory, 'torn.ts'), frames: 200, gop: 20, b_frames: 2, size: '640x360', audio: [] })
    const content = await readFile(torn.file)
    for (let at = Math.round(content.length / 2); at < content.length; at += 991) content[at] = (content[at] ?? 0) ^ 0x55
    await writeFile(torn.file, content)
    const damaged = (most: number, damagedBefore = 0) => encodeVideo({ ...run, damagedBefore, plan: { video: testPlan(torn.file, { rungs: [{}], frames: 200, change: { max_damaged: most } }) }, source: torn.file, directory: join(directory, 'torn'), onChunk: async () => {} })
    await t.rejects(damaged(2), { code: 'damaged', fault: 'source', message: /From about second \d+(\.\d)? on .* 2 are allowed/ })
    await t.rejects(damaged(500, 499), { code: 'damaged', message: /501 frames or more are damaged, 500 are allowed/ }, 'what chunks before a restart had is not forgotten')
  })
}

t.test('a restart at a last chunk that turns out to hold no frame finds that all is there', async (t) => {
  const directory = t.testdir({})
  const { file } = await makeCounter({ file: join(directory, 'clip.mp4'), frames: 210, size: '160x90', audio: [] })
  const video = testPlan(file, { rungs: [{}], frames: 220 })
  const encoding = new TestEncoding(video, { source: file, directory: join(directory, 'made'), tools })
  const last = video.chunks.length - 1
  t.equal(video.chunks[last]?.first_frame, 216, 'which was planned to begin behind the end')
  await encoding.run({ fromChunk: last })
  t.match(encoding.chunks, [{ index: last, frames: 0, segments: [] }])
})

t.test('an encoder that is not there is said before anything starts', async (t) => {
  const directory = t.testdir({})
  const { file } = await makeCounter({ file: join(directory, 'clip.mp4'), frames: 5, audio: [] })
  const encoding = new TestEncoding(testPlan(file), { source: file, directory: join(directory, 'made'), tools: { ...tools, encoders: new Set(['aac']) } })
  await t.rejects(encoding.run(), { code: 'codec_missing', fault: 'environment', message: /libx264/ })
  const missing = new TestEncoding(testPlan(file), { source: file, directory: join(directory, 'made'), tools: { ...tools, ffmpeg: '/nowhere/ffmpeg' } })
  await t.rejects(missing.run(), { code: 'tool_missing', fault: 'environment' })
  await until('no ffmpeg is left', () => processesWith(join(directory, 'made')).length === 0)
})
