import { join } from 'node:path'
import type { Test } from 'tap'
import { formatRational, parseRational, toNumber } from '../../encoder/rational.ts'
import { checkAsset } from './asset-check.ts'
import { encodeSource, type ChainOptions, type ChainResult } from './chain.ts'
import { makeCounter, type Counter, type CounterClip } from './media/counter.ts'
import { readBeeps, readFrames } from './media/read-counter.ts'

/** What an input must become. What is left out is that of the clip: each number once, in order, and every beep. */
export interface Expected extends ChainOptions {
  /** Rate of the grid; the clip's by default. */
  readonly rate?: string
  /** Size of the highest rung. */
  readonly size?: string
  /** Numbers of the frames of every rung. */
  readonly numbers?: readonly number[]
  /** Beeps of each audio rendition, seconds from the first frame. */
  readonly beeps?: readonly (readonly number[])[]
  /** Changes the made file, or replaces it by another whose path it answers, before it is encoded. */
  readonly change?: (clip: Counter) => Promise<string | void>
  /** What the notes must say, and nothing else. Not looked at by default. */
  readonly notes?: readonly RegExp[]
}

export type Input = Omit<CounterClip, 'file'> & { readonly file: string }

/** Half of what the issue allows for a lip to be out of sync, so that a drift shows before it is heard. */
const BEEP_S = 0.01

/** Makes the clip, encodes it, and decodes every rung and every sound: the whole proof for one input. */
export async function comesOutRight(t: Test, input: Input, expected: Expected = {}): Promise<ChainResult> {
  const directory = t.testdir()
  const clip = await makeCounter({ size: '160x90', ...input, file: join(directory, input.file) })
  const source = (await expected.change?.(clip)) ?? clip.file
  const result = await encodeSource(source, join(directory, 'work'), expected)
  const rate = expected.rate ?? clip.rate
  if (result.plan.video !== null) {
    const { grid, rungs, chunks } = result.plan.video
    t.equal(formatRational(grid.frame_rate), rate, 'rate of the grid')
    if (expected.size !== undefined) t.equal(`${rungs[0]?.width}x${rungs[0]?.height}`, expected.size, 'size of the highest rung')
    t.ok(chunks.length > 1 || grid.frames < 3 * grid.segment_frames, `joins occur: ${chunks.length} chunks`)
  }
  const numbers = expected.numbers ?? clip.times.map((_, index) => index)
  for (const { id, media } of result.video) {
    const frames = await readFrames(media)
    t.strictSame(frames.map(({ number }) => number), numbers, `${id} shows each number in its place`)
    const late = frames.map(({ time }, index) => Math.abs(time - index / toNumber(parseRational(rate) ?? { num: 0, den: 1 })))
    t.ok(Math.max(...late) < 0.0002, `${id} shows each when it must: at most ${Math.max(...late)} s apart`)
  }
  const beeps = expected.beeps ?? clip.beeps
  t.equal(result.audio.length, beeps.length, 'sound renditions')
  for (const [index, { id, media }] of result.audio.entries()) compareBeeps(t, id, await readBeeps(media), beeps[index] ?? [])
  if (expected.notes !== undefined) {
    t.equal(result.plan.notes.length, expected.notes.length, 'number of notes', { notes: result.plan.notes })
    for (const note of expected.notes) t.ok(result.plan.notes.some((text) => note.test(text)), `a note says ${note}`, { notes: result.plan.notes })
  }
  // Boxes, playlists and manifest; all frames were decoded above.
  await t.resolves(checkAsset(result.folder, { decode: false }), 'the asset is whole')
  return result
}

function compareBeeps(t: Test, id: string, read: readonly number[], made: readonly number[]): void {
  t.equal(read.length, made.length, `${id} has every beep`, { read, made })
  const apart = read.map((beep, index) => beep - (made[index] ?? NaN))
  t.ok(apart.every((seconds) => Math.abs(seconds) < BEEP_S), `${id} beeps with its frames: ${apart.map((seconds) => (seconds * 1000).toFixed(1)).join(' ')} ms`)
}

/** Which frame stands in each place of a constant grid, given when each is shown: the last one whose rounded time has come. */
export function onGrid(times: readonly number[], rate: string): number[] {
  const { num, den } = parseRational(rate) ?? { num: 0, den: 1 }
  const places = times.map((time) => Math.round(((time - (times[0] ?? 0)) * num) / den))
  const last = places.at(-1) ?? 0
  return Array.from({ length: last + 1 }, (_, place) => places.findLastIndex((from) => from <= place))
}
