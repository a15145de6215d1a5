import t from 'tap'
import { comesOutRight, onGrid } from '../../support/input-check.ts'

t.setTimeout(900_000)

const SECONDS = 3

t.test('constant frame rates come out frame for frame, over joins, with B-frames and open GOPs', async (t) => {
  for (const rate of ['24000/1001', '24', '25', '30000/1001', '30', '50', '60000/1001', '60']) {
    await t.test(rate, async (t) => {
      const [num = 0, den = 1] = rate.split('/').map(Number)
      // Key frames that never fall on a boundary of the grid.
      await comesOutRight(t, { file: 'clip.mp4', rate, frames: Math.round((SECONDS * num) / den), gop: 31, b_frames: 2, open_gop: true })
    })
  }
})

t.test('120 frames a second are halved', async (t) => {
  const numbers = Array.from({ length: 150 }, (_, index) => index * 2)
  await comesOutRight(t, { file: 'clip.mp4', rate: '120', frames: 300, gop: 60 }, { rate: '60', numbers: [...numbers] })
})

t.test('variable frame rates come out on a constant grid, each frame shown when it was taken', async (t) => {
  // Jitter and drops as of a telephone that says 30: never more than half a frame off, since two frames must not meet in one place.
  const phone = Array.from({ length: 90 }, (_, index) => index).filter((index) => index % 17 !== 9).map((index) => index / 30 + (((index * 7) % 11) - 5) * 0.002 + 0.01)
  // A screen recording: nothing where nothing moves.
  const screen = Array.from({ length: 120 }, (_, index) => index).filter((index) => index < 30 || (index > 70 && index % 2 === 0) || index > 100).map((index) => index / 30)
  const slides = Array.from({ length: 5 }, (_, index) => index)
  // Places that the last frame stands in beyond its own: it is shown as long as the file says, or as the others are.
  const longer = { 'a telephone': 1, 'a screen recording': 0, 'a slide show at one frame a second': 24 }
  for (const [name, times, rate, file] of [
    // With its drops it has 28.2 a second: of the standard rates, 29.97 is the nearest.
    ['a telephone', phone.map((time) => time - (phone[0] ?? 0)), '30000/1001', 'clip.mp4'],
    ['a screen recording', screen, '30', 'clip.mkv'],
    ['a slide show at one frame a second', slides, '25', 'clip.mp4'],
  ] as const) {
    await t.test(name, async (t) => {
      const numbers = onGrid(times, rate)
      const result = await comesOutRight(t, { file, times, frames: times.length, rate: name.startsWith('a slide') ? '1' : '30', gop: 50 }, { rate, numbers: padded(numbers, longer[name]) })
      t.equal(result.facts.video?.frame_rate.kind, name.startsWith('a slide') ? 'constant' : 'variable')
    })
  }
})

function padded(numbers: readonly number[], by: number): number[] {
  return [...numbers, ...Array.from({ length: by }, () => numbers.at(-1) ?? 0)]
}
