import { readdirSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { asJobError } from '../../../encoder/jobs/as-job-error.ts'
import { encodeChunkAlone, encodeVideo } from '../../../encoder/encode/video.ts'
import type { MadeChunk } from '../../../encoder/encode/records.ts'
import { rational, toNumber } from '../../../encoder/rational.ts'
import type { VideoPlan } from '../../../encoder/plan/plan.ts'
import { debian, ffmpegs, processesWith } from '../../support/ffmpegs.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { TestEncoding } from '../../support/media/encode.ts'
import { readFrames } from '../../support/media/read-counter.ts'
import { testPlan } from '../../support/media/test-plan.ts'
import { noSmallDisk, smallDisk } from '../../support/small-disk.ts'
import { until } from '../../support/until.ts'

const tools = await debian.open()

/** Every number from 0 once, in order, each at its time on the grid, in all rungs. */
async function isExact(t: Test, video: VideoPlan, encoding: TestEncoding, frames: number): Promise<void> {
  for (const { id } of video.rungs) {
    const shown = await readFrames(encoding.media(id))
    t.same(shown.map(({ number }) => number), Array.from({ length: frames }, (_, index) => index), `${id}: every frame once`)
    t.ok(shown.every(({ time }, index) => Math.abs(time - index / toNumber(video.grid.frame_rate)) < 0.000_5), `${id}: at its time`)
  }
}

/** No quicker than it is played, so that there is a middle in which something can happen. */
function slowly(video: VideoPlan): { readonly video: VideoPlan } {
  return { video: { ...video, common_filters: ['realtime'] } }
}

function markOf(name: string): { work: string; job: string } {
  return { work: `/nowhere/${name}-${process.pid}`, job: '01J' }
}

for (const tool of ffmpegs) {
  t.test(`${tool.name}: killed with -9 in the middle, it goes on with the next chunk, and nothing is lost, doubled or shifted`, { skip: tool.skip }, async (t) => {
    const directory = t.testdir({})
    const { file } = await makeCounter({ file: join(directory, 'clip.mp4'), frames: 150, gop: 30, open_gop: true, b_frames: 2, audio: [] })
    const video = testPlan(file)
    const encoding = new TestEncoding(video, { source: file, directory: join(directory, 'made'), tools: await tool.open() })
    const mark = markOf('kill')
    const killed = encoding.run({ mark, plan: slowly(video), onChunk: async () => processesWith(mark.work).forEach((pid) => process.kill(pid, 'SIGKILL')) })
    await t.rejects(killed, { code: 'tool_crashed', message: /SIGKILL while encoding the video/ })
    t.ok(encoding.chunks.length > 0 && encoding.chunks.length < video.chunks.length, `${encoding.chunks.length} of ${video.chunks.length} chunks were made`)
    t.same(readdirSync(join(directory, 'made')).toSorted(), ['v180', 'v90'], 'what was half done has gone')
    await encoding.run()
    t.same(encoding.chunks.map(({ index }) => index), video.chunks.map(({ index }) => index))
    await isExact(t, video, encoding, 150)
  })
}

t.test('a source without a single key frame but the first, and one whose pictures refresh bit by bit, go on anywhere too', async (t) => {
  const directory = t.testdir({})
  for (const [name, clip] of Object.entries({ single: { gop: 1000 }, refresh: { gop: 25, params: ['intra-refresh=1'] } })) {
    const { file } = await makeCounter({ file: join(directory, `${name}.mkv`), frames: 100, audio: [], ...clip })
    const video = testPlan(file, { rungs: [{}], segment_frames: 20, chunk: 2 })
    const encoding = new TestEncoding(video, { source: file, directory: join(directory, name), tools })
    await encoding.run()
    for (const from of [1, 2]) {
      encoding.chunks.length = from
      await encoding.run()
    }
    await isExact(t, video, encoding, 100)
  }
})

t.test('a chunk made alone is the one that the long run makes', async (t) => {
  const directory = t.testdir({})
  const { file } = await makeCounter({ file: join(directory, 'clip.ts'), frames: 100, rate: '30000/1001', gop: 17, audio: [], offset_s: 100 })
  const video = testPlan(file, { rate: rational(30000, 1001), segment_frames: 15, chunk: 3 })
  const encoding = new TestEncoding(video, { source: file, directory: join(directory, 'whole'), tools })
  await encoding.run()
  t.equal(video.chunks.length, 3)
  await isExact(t, video, encoding, 100)
  for (const fromChunk of [2, 1]) {
    await encodeChunkAlone({
      plan: { video }, source: file, directory: join(directory, 'alone'), tools, fromChunk, expectedInits: new Map(),
      signal: new AbortController().signal, stallMs: 30_000, onChunk: async (chunk) => void (encoding.chunks[fromChunk] = chunk),
    })
  }
  await isExact(t, video, encoding, 100)
  t.match(encoding.chunks[1]?.segments[0]?.path, /alone/)
})

t.test('what is recorded of a segment is what lies in its file', async (t) => {
  const directory = t.testdir({})
  const { file } = await makeCounter({ file: join(directory, 'clip.mp4'), frames: 27, audio: [] })
  const video = testPlan(file, { rungs: [{}], chunk: 9 })
  const encoding = new TestEncoding(video, { source: file, directory: join(directory, 'made'), tools })
  const progress: number[] = []
  await encoding.run({ onProgress: ({ frame }) => progress.push(frame) })
  t.equal(progress.at(-1), 27)
  const [chunk] = encoding.chunks
  t.equal(chunk?.frames, 27)
  t.match(chunk?.inits, [{ rendition: 'v180', timescale: 90_000, codecs: /^avc1\.[0-9a-f]{6}$/ }])
  t.match(chunk?.segments, [0, 1, 2].map((number) => ({ number, start_ticks: number * 12 * 3600, timescale: 90_000, frames: number === 2 ? 3 : 12, duration_ticks: (number === 2 ? 3 : 12) * 3600 })))
  for (const { path, bytes, key_range: range } of chunk?.segments ?? []) {
    const content = readFileSync(path)
    t.equal(content.length, bytes)
    const { offset = 0, length = 0 } = range ?? {}
    t.equal(content.toString('latin1', offset + 4, offset + 8), 'moof')
    // An I-frame playlist gives a player these bytes and no more: its one picture must come out of them.
    await writeFile(join(directory, 'key.mp4'), Buffer.concat([await readFile(chunk?.inits[0]?.path ?? ''), content.subarray(offset, offset + length)]))
    const { stdout } = await import('../../support/media/tools.ts').then(({ ffmpeg }) => ffmpeg(['-v', 'error', '-i', join(directory, 'key.mp4'), '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'gray', '-']))
    t.equal(stdout.length, 320 * 180)
  }
})

t.test('one frame is an asset; so is one with a tail of three', async (t) => {
  const directory = t.testdir({})
  for (const frames of [1, 2, 27, 51]) {
    const { file } = await makeCounter({ file: join(directory, `${frames}.mp4`), frames, audio: [] })
    const video = testPlan(file)
    const encoding = new TestEncoding(video, { source: file, directory: join(directory, `made-${frames}`), tools })
    await encoding.run()
    await isExact(t, video, encoding, frames)
  }
})

t.test('HEVC beside H.264: the same boundaries, hvc1, ten bits and the marks of HDR', async (t) => {
  const directory = t.testdir({})
  const { file } = await makeCounter({ file: join(directory, 'clip.mp4'), frames: 40, audio: [] })
  const hdr = { filters: ['setparams=range=tv:color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc'], codec_params: ['colorprim=bt2020', 'transfer=smpte2084', 'colormatrix=bt2020nc', 'hdr10=1'] }
  const video = testPlan(file, { rungs: [{ id: 'h180', codec: 'hevc', range: 'pq', pixel_format: 'yuv420p10le', ...hdr }, {}], chunk: 2 })
  const encoding = new TestEncoding(video, { source: file, directory: join(directory, 'made'), tools })
  await encoding.run()
  encoding.chunks.length = 1
  await encoding.run()
  await isExact(t, video, encoding, 40)
  t.match(encoding.chunks[0]?.inits, [{ rendition: 'h180', codecs: /^hvc1\.2\.4\.L\d+/ }, { codecs: /^avc1/ }])
})

t.test('an ffmpeg that stands still or crashes is told apart, and what it had finished is kept', async (t) => {
  const directory = t.testdir({})
  const { file } = await makeCounter({ file: join(directory, 'clip.mp4'), frames: 120, audio: [] })
  const video = testPlan(file, { rungs: [{}] })
  for (const [signal, code] of [['SIGSTOP', 'tool_stalled'], ['SIGSEGV', 'tool_crashed']] as const) {
    const encoding = new TestEncoding(video, { source: file, directory: join(directory, signal), tools, mark: markOf(signal) })
    const ended = encoding.run({ plan: slowly(video), stallMs: 2000, onChunk: async ({ index }) => void (index === 0 && processesWith(markOf(signal).work).forEach((pid) => process.kill(pid, signal))) })
    await t.rejects(ended, { code, fault: 'tool' })
    t.ok(encoding.chunks.length > 0 && encoding.chunks.length < video.chunks.length)
    t.same(processesWith(markOf(signal).work), [])
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
    const damaged = (most: number) => encodeVideo({ ...run, plan: { video: testPlan(torn.file, { rungs: [{}], frames: 200, change: { max_damaged: most } }) }, source: torn.file, directory: join(directory, 'torn'), onChunk: async () => {} })
    await t.rejects(damaged(2), { code: 'damaged', fault: 'source', message: /From about second \d+(\.\d)? on .* 2 are allowed/ })
  })
}

t.test('an encoder that is not there is said before anything starts', async (t) => {
  const directory = t.testdir({})
  const { file } = await makeCounter({ file: join(directory, 'clip.mp4'), frames: 5, audio: [] })
  const encoding = new TestEncoding(testPlan(file), { source: file, directory: join(directory, 'made'), tools: { ...tools, encoders: new Set(['aac']) } })
  await t.rejects(encoding.run(), { code: 'codec_missing', fault: 'environment', message: /libx264/ })
  const missing = new TestEncoding(testPlan(file), { source: file, directory: join(directory, 'made'), tools: { ...tools, ffmpeg: '/nowhere/ffmpeg' } })
  await t.rejects(missing.run(), { code: 'tool_missing', fault: 'environment' })
  await until('no ffmpeg is left', () => processesWith(join(directory, 'made')).length === 0)
})
