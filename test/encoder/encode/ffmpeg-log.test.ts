import t from 'tap'
import { ffmpegLogReader, lastErrors } from '../../../encoder/encode/ffmpeg-log.ts'
import { progressReader } from '../../../encoder/encode/ffmpeg-progress.ts'

t.test('errors and damage are counted, in whatever pieces they come, repeats included', async (t) => {
  const totals: number[] = []
  const reader = ffmpegLogReader((total) => totals.push(total))
  reader.read('[h264 @ 0x55d] [error] error while decoding MB 3 4, bytestream -7\n[warning] /s.mp4: corrupt deco')
  reader.read('ded frame in stream 0\n    Last message repeated 2 times\n[vist#0:0/h264 @ 0x1] [dec:h264 @ 0x2] [error] Error submitting packet to decoder: Invalid data\n')
  reader.read('[h264 @ 0x55d] [warning] Increasing reorder buffer\n[mp4 @ 0x3] [fatal] \u001b[31mlast\u0007 words')
  reader.end()
  const { tail, ...counts } = reader.log()
  t.same(counts, { error_lines: 3, damaged: 4 })
  t.same(totals, [1, 3, 4])
  t.equal(tail.split('\n').length, 7)
  t.match(tail, /last  words\n$/, 'no control character is kept')
  t.equal(lastErrors(tail), '[h264] error while decoding MB 3 4, bytestream -7 | [vist#0:0/h264] [dec:h264] Error submitting packet to decoder: Invalid data | [mp4] last  words')
})

t.test('a line without end stays within bounds', async (t) => {
  const reader = ffmpegLogReader()
  for (let count = 0; count < 100; count += 1) reader.read('x'.repeat(10_000))
  reader.end()
  t.ok(reader.log().tail.length <= 4097)
})

t.test('progress is told report by report, and what ffmpeg does not know yet is null', async (t) => {
  const told: unknown[] = []
  const read = progressReader((progress) => told.push(progress))
  read('frame=0\nout_time_us=N/A\nspeed=N/A\nprogress=cont')
  read('inue\nframe=123\nfps=50\nout_time_us=4920000\nspeed=1.5e+03x\nprogress=end\n')
  t.same(told, [{ frame: 0, out_time_us: null, speed: null }, { frame: 123, out_time_us: 4_920_000, speed: 1500 }])
})
