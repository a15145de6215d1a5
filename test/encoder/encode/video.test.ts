import { readdirSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { encodeChunkAlone } from '../../../encoder/encode/video.ts'
import { rational } from '../../../encoder/rational.ts'
import { debian, ffmpegs, processesWith } from '../../support/ffmpegs.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { isExact, slowly, TestEncoding, testMark } from '../../support/media/encode.ts'
import { testPlan } from '../../support/media/test-plan.ts'
import { ffmpeg } from '../../support/media/tools.ts'

t.setTimeout(240_000)

const tools = await debian.open()

for (const tool of ffmpegs) {
  t.test(`${tool.name}: killed with -9 in the middle, it goes on with the next chunk, and nothing is lost, doubled or shifted`, { skip: tool.skip }, async (t) => {
    const directory = t.testdir({})
    const { file } = await makeCounter({ file: join(directory, 'clip.mp4'), frames: 150, gop: 30, open_gop: true, b_frames: 2, audio: [] })
    const video = testPlan(file)
    const encoding = new TestEncoding(video, { source: file, directory: join(directory, 'made'), tools: await tool.open() })
    const mark = testMark('kill')
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
    const { stdout } = await ffmpeg(['-v', 'error', '-i', join(directory, 'key.mp4'), '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'gray', '-'])
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
