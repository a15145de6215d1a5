import * as fc from 'fast-check'
import t from 'tap'
import { planChunks } from '../../../encoder/plan/chunks.ts'
import { makeGrid } from '../../../encoder/plan/grid.ts'
import { parseRational, rational, toNumber } from '../../../encoder/rational.ts'
import { testVideo } from '../../support/facts.ts'

const WISH = { chunk_s: 30, early: true, seekable: true }

t.test('the first chunk is three segments, the others about as long as the profile says, and all frames are in one', async (t) => {
  const video = testVideo({ seconds: 600 })
  const chunks = planChunks(video, makeGrid(rational(25), 600, 4), WISH)
  t.same([chunks[0]?.first_frame, chunks[0]?.end_frame, chunks[0]?.segments], [0, 288, 3])
  t.ok(chunks.slice(1, -1).every(({ segments }) => segments >= 6 && segments <= 10), chunks.map(({ segments }) => segments).join())
  t.equal(chunks.at(-1)?.end_frame, null)
})

t.test('without early publishing all chunks are alike', async (t) => {
  const chunks = planChunks(testVideo({ seconds: 600 }), makeGrid(rational(25), 600, 4), { ...WISH, early: false })
  t.ok((chunks[0]?.segments ?? 0) >= 6)
})

t.test('a boundary moves to just behind a key frame where key frames are rare', async (t) => {
  // Key frames each 10 s; boundaries at whole segments of 3.84 s.
  const video = testVideo({ seconds: 600, key_s: 10 })
  const grid = makeGrid(rational(25), 600, 4)
  const leads = planChunks(video, grid, WISH).slice(1).map(({ first_frame, seek_pts }) => first_frame / 25 - (seek_pts[0] ?? 0) / 90_000)
  t.ok(leads.slice(1).every((lead) => lead < 4), `seconds decoded in vain: ${leads.join()}`)
})

t.test('a chunk starts at the last key frame half a second before it, then at ones ever further back', async (t) => {
  const video = testVideo({ seconds: 600, start_pts: 324_000_000 })
  const grid = makeGrid(rational(25), 600, 4)
  const chunk = planChunks(video, grid, WISH).find(({ first_frame }) => first_frame > 25 * 100)
  const start_s = (chunk?.first_frame ?? 0) / 25
  const keys = chunk?.seek_pts.map((pts) => (pts - 324_000_000) / 90_000) ?? []
  const nearest = Math.floor((start_s - 0.5) / 2) * 2
  t.same(keys, [nearest, nearest - 2, nearest - 6, nearest - 14])
})

t.test('a stream that begins at a negative time', async (t) => {
  const video = testVideo({ seconds: 100, start_pts: -90_000 })
  const [, second] = planChunks(video, makeGrid(rational(25), 100, 4), WISH)
  t.equal(second?.first_frame, 288)
  // 11.52 s after the start, less half a second: the key frame at 10 s.
  t.equal(second?.seek_pts[0], 10 * 90_000 - 90_000)
})

t.test('with one key frame in the file, or times that jump, every chunk starts from the start of the file', async (t) => {
  const grid = makeGrid(rational(25), 600, 4)
  t.ok(planChunks(testVideo({ seconds: 600, key_s: 600 }), grid, WISH).every(({ seek_pts }) => seek_pts.length === 0))
  t.ok(planChunks(testVideo({ seconds: 600 }), grid, { ...WISH, seekable: false }).every(({ seek_pts }) => seek_pts.length === 0))
})

t.test('a short source is one chunk', async (t) => {
  for (const seconds of [0.04, 1, 5, 12, 19]) {
    const chunks = planChunks(testVideo({ seconds }), makeGrid(rational(25), seconds, 4), WISH)
    t.match(chunks, [{ first_frame: 0, end_frame: null, seek_pts: [] }], `${seconds} s`)
  }
})

t.test('the plan of a long intra-only source stays small', async (t) => {
  // Facts thin key frames to one in half a second.
  const video = testVideo({ seconds: 10 * 3600, key_s: 0.52 })
  const chunks = planChunks(video, makeGrid(rational(25), 10 * 3600, 4), WISH)
  t.ok(JSON.stringify(chunks).length < 300_000, `${JSON.stringify(chunks).length} characters for ${chunks.length} chunks`)
})

t.test('chunks cover all frames without a gap, in whole segments, and only a lone one is shorter than two segments', async () => {
  const rates = fc.constantFrom('24000/1001', '24', '25', '30000/1001', '30', '50', '60000/1001', '60').map((text) => parseRational(text) ?? rational(25))
  fc.assert(
    fc.property(rates, fc.double({ min: 0.01, max: 4000, noNaN: true }), fc.double({ min: 0.1, max: 300, noNaN: true }), fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 10 }), fc.boolean(), (rate, seconds, key_s, chunk_s, segment_s, early) => {
      const grid = makeGrid(rate, seconds, segment_s)
      const video = testVideo({ seconds, key_s: Math.max(key_s, seconds / 2000), rate })
      const chunks = planChunks(video, grid, { chunk_s, early, seekable: true })
      const whole = chunks.every(({ first_frame, first_segment, end_frame, segments, index }) => {
        const next = chunks[index + 1]
        return first_frame === first_segment * grid.segment_frames && (next === undefined ? end_frame === null : end_frame === next.first_frame && end_frame === first_frame + segments * grid.segment_frames)
      })
      const latest = chunks.every(({ first_frame, seek_pts }) => seek_pts.every((pts, index) => pts / 90_000 <= first_frame / toNumber(rate) - 0.5 + 1e-9 && (index === 0 || pts < (seek_pts[index - 1] ?? 0))))
      const last = chunks.at(-1)
      const tail = grid.frames - (last?.first_frame ?? 0)
      return whole && latest && chunks[0]?.first_frame === 0 && tail > 0 && (chunks.length === 1 || tail > grid.segment_frames)
    }),
    { numRuns: 500 },
  )
})
