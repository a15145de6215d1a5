import { join } from 'node:path'
import t from 'tap'
import { makeCounter, type CounterClip } from './counter.ts'
import { readBeeps, readFrames } from './read-counter.ts'

t.setTimeout(120_000)

const CLIPS: Readonly<Record<string, Omit<CounterClip, 'file'>>> = {
  'h264.mp4': { b_frames: 2, gop: 12, open_gop: true },
  'small.mp4': { size: '64x36' },
  'hevc.mkv': { codec: 'libx265', rate: '24000/1001' },
  'mpeg2.ts': { codec: 'mpeg2video', b_frames: 2, offset_s: 10, audio: [{ codec: 'mp2' }] },
  'mpeg2.mpg': { codec: 'mpeg2video', audio: [{ codec: 'mp2' }] },
  'vp9.webm': { codec: 'libvpx-vp9', audio: [{ codec: 'libopus' }] },
  'prores.mov': { codec: 'prores_ks', pixel_format: 'yuv422p10le', audio: [{ codec: 'pcm_s24le' }] },
  'mpeg4.avi': { codec: 'mpeg4', audio: [{ codec: 'pcm_s16le' }] },
  'flv.flv': { codec: 'flv', audio: [{ codec: 'adpcm_swf', rate: 44_100 }] },
  'mxf.mxf': { codec: 'mpeg2video', rate: '25', audio: [{ codec: 'pcm_s16le', channels: 1 }] },
  'h264.m2ts': { b_frames: 2, audio: [{ codec: 'ac3', channels: 6, start_s: 0.3 }] },
  'variable.mkv': { times: Array.from({ length: 50 }, (_, index) => index * 0.04 + (index % 3) * 0.01) },
}

t.test('every number of a made clip is read back once and in order, and beeps with its frame', async (t) => {
  const directory = t.testdir()
  for (const [name, options] of Object.entries(CLIPS)) {
    await t.test(name, async (t) => {
      const clip = await makeCounter({ ...options, file: join(directory, name) })
      const frames = await readFrames(clip.file)
      t.strictSame(frames.map(({ number }) => number), clip.times.map((_, index) => index))
      const first = frames[0]?.time ?? NaN
      const late = frames.map(({ time }, index) => Math.abs(time - first - (clip.times[index] ?? NaN)))
      t.ok(Math.max(...late) < 0.0011, `frames at their times: ${Math.max(...late)}`)
      const beeps = (await readBeeps(clip.file)).map((beep) => beep - first)
      t.equal(beeps.length, clip.beeps[0]?.length, 'number of beeps', { beeps })
      const apart = beeps.map((beep, index) => beep - (clip.beeps[0]?.[index] ?? NaN))
      t.ok(apart.every((value) => Math.abs(value) < 0.01), `beeps with their frames: ${apart.map((value) => value.toFixed(4)).join(' ')}`)
    })
  }
})

t.test('a picture that is turned, mirrored or blank shows no number', async (t) => {
  const directory = t.testdir()
  for (const filter of ['hflip', 'vflip', 'transpose=1', 'drawbox=t=fill:c=gray', 'negate']) {
    const clip = await makeCounter({ file: join(directory, 'turned.mp4'), frames: 30, filters: [filter], audio: [] })
    const read = (await readFrames(clip.file)).map(({ number }) => number)
    t.equal(read.length, 30)
    t.equal(read.filter((number, index) => number === index).length, 0, filter, { read })
  }
})
