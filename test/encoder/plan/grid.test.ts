import * as fc from 'fast-check'
import t from 'tap'
import { audioSegment, makeGrid, segmentFrames } from '../../../encoder/plan/grid.ts'
import { parseRational, rational, toNumber } from '../../../encoder/rational.ts'

function rate(text: string) {
  return parseRational(text) ?? rational(0)
}

t.test('segments of 4 s: 96 frames at 24 and 25, 120 at 30, 192 at 50, 240 at 60, and the same at the rates beside them', async (t) => {
  const frames = { '24000/1001': 96, 24: 96, 25: 96, '30000/1001': 120, 30: 120, 48: 192, 50: 192, '60000/1001': 240, 60: 240 }
  for (const [text, expected] of Object.entries(frames)) t.equal(segmentFrames(rate(text), 4), expected, text)
})

t.test('segments of 2 and 6 s', async (t) => {
  t.equal(segmentFrames(rate('25'), 2), 48)
  t.equal(segmentFrames(rate('30'), 2), 60)
  t.equal(segmentFrames(rate('25'), 6), 144)
  t.equal(segmentFrames(rate('60000/1001'), 6), 360)
})

t.test('at 25 and 50 fps a segment is a whole number of AAC frames', async () => {
  fc.assert(
    fc.property(fc.constantFrom('25', '50', '25/2'), fc.integer({ min: 1, max: 20 }), (text, seconds) => {
      const { num, den } = rate(text)
      return (segmentFrames(rate(text), seconds) * den * 48_000) % (num * 1024) === 0
    }),
  )
})

t.test('a frame is a whole number of ticks at every rate there is', async (t) => {
  for (const text of ['24000/1001', '24', '25', '30000/1001', '30', '48', '48000/1001', '50', '60000/1001', '60', '25/2', '25/4', '15000/1001', '15', '1', '7', '23']) {
    const { timescale, frame_ticks } = makeGrid(rate(text), 10, 4)
    t.ok(Number.isInteger(frame_ticks), text)
    t.equal(timescale / frame_ticks, toNumber(rate(text)), text)
  }
  t.match(makeGrid(rate('30000/1001'), 10, 4), { timescale: 30_000, frame_ticks: 1001 })
  t.match(makeGrid(rate('25'), 10, 4), { timescale: 90_000, frame_ticks: 3600 })
})

t.test('a source of any length has at least one frame', async (t) => {
  t.equal(makeGrid(rate('25'), 0.001, 4).frames, 1)
  t.equal(makeGrid(rate('25'), 3.99, 4).frames, 100)
})

t.test('audio alone is cut at whole AAC frames: 3.84 s for 4', async (t) => {
  t.same(audioSegment(4), rational(96, 25))
  for (const seconds of [1, 2, 3.3, 6, 10]) t.equal((toNumber(audioSegment(seconds)) * 48_000) % 1024, 0)
})
