import t from 'tap'
import { QUICK } from '../../support/chain.ts'
import { comesOutRight, type Expected, type Input } from '../../support/input-check.ts'
import { orient, type Orientation } from '../../support/media/mp4-patch.ts'

t.setTimeout(900_000)

/** Stored so that turning it back makes it upright. */
const STORED: Readonly<Record<Orientation, string>> = { 90: 'transpose=2', 180: 'hflip,vflip', 270: 'transpose=1', mirrored: 'hflip' }

t.test('pictures that are stored turned or mirrored come out upright', async (t) => {
  for (const orientation of [90, 180, 270, 'mirrored'] as const) {
    await t.test(String(orientation), async (t) => {
      const { facts } = await comesOutRight(
        t,
        { file: 'clip.mp4', filters: [STORED[orientation]], b_frames: 2 },
        { size: '160x90', change: async ({ file }) => orient(file, orientation) },
      )
      t.equal(facts.video?.mirrored === true ? 'mirrored' : facts.video?.rotation, orientation)
    })
  }
})

t.test('pictures of every shape come out in square pixels and even sizes, never enlarged', async (t) => {
  const shapes: Readonly<Record<string, { input: Omit<Input, 'file'> & { file?: string }; expected: Expected }>> = {
    'PAL DV, 16:9 in 720 × 576': { input: { file: 'clip.avi', codec: 'dvvideo', size: '720x576', filters: ['setdar=16/9'], audio: [{ codec: 'pcm_s16le' }] }, expected: { size: '160x90' } },
    'NTSC anamorphic, 4:3 in 720 × 480': { input: { file: 'clip.mpg', codec: 'mpeg2video', size: '720x480', rate: '30000/1001', filters: ['setsar=8/9'], audio: [{ codec: 'mp2' }] }, expected: { size: '120x90' } },
    'odd sizes': { input: { file: 'clip.mkv', codec: 'ffv1', size: '853x481' }, expected: { size: '160x90' } },
    'odd and below the lowest rung': { input: { file: 'clip.mkv', codec: 'ffv1', size: '97x55' }, expected: { size: '96x54' } },
    portrait: { input: { size: '180x320' }, expected: { size: '90x160' } },
    square: { input: { size: '180x180' }, expected: { size: '90x90' } },
    'ultra-wide': { input: { size: '430x180' }, expected: { size: '216x90' } },
    'tiny, 64 × 36': { input: { size: '64x36' }, expected: { size: '64x36' } },
    '4096 × 2160': { input: { size: '4096x2160', frames: 12 }, expected: { size: '170x90' } },
  }
  for (const [name, { input, expected }] of Object.entries(shapes)) {
    await t.test(name, async (t) => {
      await comesOutRight(t, { file: 'clip.mp4', ...input }, expected)
    })
  }
})

t.test('4096 × 2160 comes out in its own size where the profile has a rung for it', async (t) => {
  const profile = { ...QUICK, rungs: [{ id: 'v2160', short_side: 2160, codec: 'h264', crf: 30, maxrate_kbps: 20_000, keep_hdr: false }] } as const
  await comesOutRight(t, { file: 'clip.mp4', size: '4096x2160', frames: 10, audio: [] }, { profile, size: '4096x2160' })
})

t.test('a still of two minutes stays one, to its last frame', async (t) => {
  const profile = { ...QUICK, rungs: QUICK.rungs.slice(1), segment_s: 4, chunk_s: 24 }
  await comesOutRight(
    t,
    { file: 'clip.mp4', size: '64x36', rate: '10', frames: 1200, number: () => 7, gop: 300, audio: [{ channels: 1, beep_frames: [10, 600, 1190] }] },
    { profile, rate: '30', numbers: Array.from({ length: 3600 }, () => 7) },
  )
})

t.test('one frame is enough', async (t) => {
  await comesOutRight(t, { file: 'clip.mp4', frames: 1, audio: [] })
})
