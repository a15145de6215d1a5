import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { checkAsset } from '../../support/asset-check.ts'
import { encodeSource } from '../../support/chain.ts'
import { comesOutRight, type Expected, type Input } from '../../support/input-check.ts'
import { makeCounter, type Counter } from '../../support/media/counter.ts'
import { readBeeps, readFrames } from '../../support/media/read-counter.ts'
import { ffmpeg } from '../../support/media/tools.ts'

t.setTimeout(900_000)

const TEN_HOURS = 36_000
/** Where 33 bits of a transport stream's clock of 90 kHz end. */
const WRAP = 2 ** 33 / 90_000

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}

/** Copies packets into a file beside the clip. */
async function remake({ file }: Counter, name: string, before: readonly string[], after: readonly string[] = []): Promise<string> {
  const target = join(dirname(file), name)
  await ffmpeg(['-v', 'error', '-y', ...before, '-i', file, '-map', '0', '-c', 'copy', ...after, target])
  return target
}

const INPUTS: Readonly<Record<string, { input: Input; expected?: Expected }>> = {
  'ten hours, ts': { input: { file: 'clip.ts', offset_s: TEN_HOURS, b_frames: 2, gop: 20 } },
  'ten hours, mkv': { input: { file: 'clip.mkv', offset_s: TEN_HOURS, b_frames: 2, gop: 20 } },
  'ten hours, mp4': { input: { file: 'clip.mp4', offset_s: TEN_HOURS, b_frames: 2, gop: 20 } },
  'across the wrap of 33 bits': { input: { file: 'clip.ts', offset_s: WRAP - 1.5, b_frames: 2, gop: 20 } },
  'below zero, which an edit list cuts': {
    input: { file: 'clip.mp4', offset_s: -0.48, b_frames: 2 },
    expected: { numbers: range(12, 75), beeps: [range(1, 7).map((beep) => (beep * 10 + 5 - 12) / 25)] },
  },
  'negative composition offsets, no edit list': { input: { file: 'clip.mp4', b_frames: 2, args: ['-movflags', '+negative_cts_offsets', '-use_editlist', '0'], audio: [{ codec: 'ac3' }] } },
  'open GOPs': { input: { file: 'clip.ts', b_frames: 3, open_gop: true, gop: 17 } },
  'beginning at exactly 0 with the sound, the pictures 21 ms later': { input: { file: 'clip.ts', gop: 20 } },
  'one key frame in all': { input: { file: 'clip.mp4', b_frames: 3, gop: 1000 } },
  'no key frame ever again: intra refresh': { input: { file: 'clip.ts', gop: 30, params: ['intra-refresh=1', 'ref=1'] } },
  'an edit list that begins between two key frames': {
    input: { file: 'clip.mp4', b_frames: 2, gop: 25 },
    expected: { change: (clip) => remake(clip, 'cut.mp4', ['-ss', '0.4']), numbers: range(10, 75), beeps: [range(1, 7).map((beep) => (beep * 10 + 5 - 10) / 25)] },
  },
  'a cut through an open GOP, ts': {
    input: { file: 'clip.ts', b_frames: 2, open_gop: true, gop: 25, audio: [{ beep_frames: [5, 15, 35, 45, 55, 65] }] },
    expected: { change: (clip) => remake(clip, 'cut.ts', ['-ss', '1.0'], ['-avoid_negative_ts', 'disabled']), numbers: range(25, 75), beeps: [range(3, 7).map((beep) => (beep * 10 + 5 - 25) / 25)] },
  },
}

t.test('wherever timestamps begin, the first frame is zero, and no frame is lost over joins', async (t) => {
  for (const [name, { input, expected }] of Object.entries(INPUTS)) {
    await t.test(name, async (t) => {
      await comesOutRight(t, { frames: 75, ...input }, expected)
    })
  }
})

t.test('timestamps that jump in the middle leave no hole: forward by an hour, and back', async (t) => {
  for (const [name, first, second] of [['forward', 10, 3610], ['back', 100, 10]] as const) {
    await t.test(name, async (t) => {
      const directory = t.testdir()
      const common = { size: '160x90', frames: 50, gop: 25 } as const
      const clips = [
        await makeCounter({ ...common, file: join(directory, 'first.ts'), offset_s: first }),
        await makeCounter({ ...common, file: join(directory, 'second.ts'), offset_s: second, number: (index) => 50 + index }),
      ]
      const source = join(directory, 'joined.ts')
      await writeFile(source, Buffer.concat(await Promise.all(clips.map(({ file }) => readFile(file)))))
      const { video, audio, folder } = await encodeSource(source, join(directory, 'work'))
      const beeps = await readBeeps(audio[0]?.media ?? '')
      t.equal(beeps.length, 10, 'every beep')
      for (const { media } of video) {
        const frames = await readFrames(media)
        t.strictSame([...new Set(frames.map(({ number }) => number))], range(0, 100), 'each number, in order')
        // Sound ends up to one of its frames after the pictures, and the second part follows the sound: a picture may stand twice.
        t.ok(frames.length <= 101, `${frames.length} frames`)
        const late = beeps.map((beep, index) => beep - (frames.find(({ number }) => number === index * 10 + 5)?.time ?? NaN))
        t.ok(late.every((seconds) => Math.abs(seconds) <= 0.5 / 25 + 0.01), `beeps within half a frame and 10 ms: ${late.map((seconds) => (seconds * 1000).toFixed(1)).join(' ')}`)
      }
      await t.resolves(checkAsset(folder, { decode: false }))
    })
  }
})
