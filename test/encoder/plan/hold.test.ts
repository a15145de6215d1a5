import t from 'tap'
import { makeGrid } from '../../../encoder/plan/grid.ts'
import { holdFrames } from '../../../encoder/plan/hold.ts'
import { rational } from '../../../encoder/rational.ts'
import { testAudio, testFacts, testVideo } from '../../support/facts.ts'

/** Frames of 25 fps for which the last picture stands, of a video and a sound of so many seconds. */
function hold(video_s: number, ...sounds_s: readonly number[]): number {
  const video = testVideo({ seconds: video_s })
  return holdFrames(video, testFacts({ video, audio: sounds_s.map((duration_s) => testAudio({ duration_s })) }), makeGrid(rational(25), video_s, 4))
}

t.test('sound that goes on keeps the last picture, for as long as the longest of it', async (t) => {
  t.equal(hold(10, 20), 250)
  t.equal(hold(10, 5, 14), 100)
  t.equal(hold(0.04, 3600), 90_000 - 1, 'one picture for an hour')
})

t.test('no frame is there twice for what players bridge by themselves', async (t) => {
  t.equal(hold(10, 13.8), 0)
  t.equal(hold(10, 10.02), 0)
  t.equal(hold(10, 4), 0)
  t.equal(hold(10), 0)
})

t.test('a few frames with sound are too short for players to begin: they stand for a fifth of a second', async (t) => {
  t.equal(hold(0.04, 0.04), 4)
  t.equal(hold(0.12, 0.1), 2)
  t.equal(hold(0.2, 0.2), 0)
  t.equal(hold(0.04), 0, 'without sound they are played as they are')
})
