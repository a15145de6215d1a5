import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { encodeSource } from '../../support/chain.ts'
import { comesOutRight, type Expected, type Input } from '../../support/input-check.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { readBeeps } from '../../support/media/read-counter.ts'
import { ffmpeg } from '../../support/media/tools.ts'

t.setTimeout(900_000)

const INPUTS: Readonly<Record<string, { input: Input; expected?: Expected }>> = {
  'shorter than the pictures': { input: { file: 'clip.mp4', audio: [{ end_s: 1.1 }] } },
  'a little longer than the pictures': { input: { file: 'clip.mkv', audio: [{ end_s: 3.8 }] } },
  'much longer than the pictures, of which the last stands': {
    input: { file: 'clip.mkv', audio: [{ end_s: 6 }] },
    expected: { numbers: Array.from({ length: 150 }, (_, index) => Math.min(74, index)), notes: [/goes on for 3\.0 s after the last picture, which stands until then/] },
  },
  'beside one picture': { input: { file: 'clip.mp4', frames: 1, audio: [{ end_s: 3, beep_frames: [] }] }, expected: { numbers: Array.from({ length: 75 }, () => 0) } },
  'starting late': { input: { file: 'clip.mp4', audio: [{ start_s: 0.73 }] } },
  'starting before the pictures': { input: { file: 'clip.mkv', audio: [{ start_s: -0.37 }] } },
  mono: { input: { file: 'clip.mp4', audio: [{ channels: 1 }] } },
  '5.1, of which only the centre speaks': { input: { file: 'clip.mp4', audio: [{ channels: 6, layout: '5.1', only: 2 }] } },
  '5.1, of which only a back channel speaks': { input: { file: 'clip.mkv', audio: [{ codec: 'ac3', channels: 6, layout: '5.1(side)', only: 5 }] } },
  '7.1': { input: { file: 'clip.mov', audio: [{ codec: 'pcm_s24le', channels: 8, layout: '7.1' }] } },
  '22.05 kHz': { input: { file: 'clip.mkv', audio: [{ codec: 'pcm_s16le', rate: 22_050 }] } },
  '44.1 kHz': { input: { file: 'clip.mp4', audio: [{ rate: 44_100 }] } },
  '96 kHz in 24 bits': { input: { file: 'clip.mov', audio: [{ codec: 'pcm_s24le', rate: 96_000 }] } },
  '192 kHz in floating point': { input: { file: 'clip.mov', audio: [{ codec: 'pcm_f32le', rate: 192_000 }] } },
  Opus: { input: { file: 'clip.mkv', audio: [{ codec: 'libopus' }] } },
  'AC-3': { input: { file: 'clip.ts', audio: [{ codec: 'ac3' }] } },
  'E-AC-3': { input: { file: 'clip.mp4', audio: [{ codec: 'eac3', channels: 6, layout: '5.1(side)' }] } },
  FLAC: { input: { file: 'clip.mkv', audio: [{ codec: 'flac' }] } },
  silence: { input: { file: 'clip.mp4', audio: [{ amplitude: 0 }] } },
  'clipped peaks': { input: { file: 'clip.mkv', audio: [{ codec: 'pcm_f32le', amplitude: 2 }] } },
  'quiet as a whisper': { input: { file: 'clip.mkv', audio: [{ codec: 'pcm_s24le', amplitude: 0.01 }] } },
}

t.test('sound of every kind keeps its place beside the pictures', async (t) => {
  for (const [name, { input, expected }] of Object.entries(INPUTS)) {
    await t.test(name, async (t) => {
      await comesOutRight(t, { frames: 75, ...input }, expected)
    })
  }
})

t.test('sound that ends before the pictures is followed by silence, so that no player stops at its end', async (t) => {
  const { audio, plan } = await comesOutRight(t, { file: 'clip.ts', frames: 75, audio: [{ end_s: 1.1 }] }, { notes: [/ends 1\.9 s before the pictures: silence follows/] })
  t.ok((plan.audio?.end_s ?? 0) >= 3)
  const { stdout } = await ffmpeg(['-v', 'error', '-i', `concat:${Object.values(audio[0]?.media ?? {}).flat().join('|')}`, '-ac', '1', '-f', 's16le', '-'])
  t.ok(Math.abs(stdout.length / 2 / 48_000 - 3) < 0.05, `${stdout.length / 2 / 48_000} s`)
})

t.test('sound of which more cannot be decoded than the profile allows is refused, and so is sound that ends before its time', async (t) => {
  const directory = t.testdir()
  const { file } = await makeCounter({ file: join(directory, 'clip.mkv'), size: '64x36', frames: 250, audio: [{ codec: 'flac' }] })
  const bytes = await readFile(file)
  // A FLAC frame begins so; without it none is recognised.
  for (let at = bytes.indexOf('fff8', 6000, 'hex'); at > 0; at = bytes.indexOf('fff8', at + 1, 'hex')) bytes[at] = 0
  await writeFile(file, bytes)
  await t.rejects(encodeSource(file, join(directory, 'work')), { code: /damaged|truncated/, fault: 'source', message: /sound/ })
})

t.test('eight mono tracks, as cameras record them, are told apart or joined, and none is lost', async (t) => {
  const directory = t.testdir()
  const audio = Array.from({ length: 8 }, (_, index) => ({ codec: 'pcm_s16le', channels: 1, beep_frames: [10 + index] }))
  const clip = await makeCounter({ file: join(directory, 'clip.mxf'), size: '160x90', codec: 'mpeg2video', frames: 50, audio })
  const { audio: renditions, plan } = await encodeSource(clip.file, join(directory, 'work'))
  t.ok(renditions.length >= 1)
  const used = (plan.audio?.renditions ?? []).flatMap(({ stream_indexes: streams }) => streams)
  t.equal(new Set(used).size, used.length, 'no track is used twice')
  t.ok(used.length === 8 || plan.notes.some((note) => /mono|track/i.test(note)), 'what is left out is told', { notes: plan.notes })
  for (const [index, { media }] of renditions.entries()) {
    const streams = plan.audio?.renditions[index]?.stream_indexes ?? []
    const first = Math.min(...streams)
    // The first of two that are joined is the left channel; mixed, their beeps would run into each other.
    const beeps = await readBeeps(media, { channel: 0 })
    t.ok(Math.abs((beeps[0] ?? NaN) - (10 + first - 1) / 25) < 0.01, `rendition ${index} of streams ${streams.join(' ')} beeps at ${beeps[0]}`)
  }
})

t.test('dual mono is heard on both sides', async (t) => {
  const directory = t.testdir()
  const clip = await makeCounter({ file: join(directory, 'clip.mov'), size: '160x90', audio: [{ codec: 'pcm_s16le', channels: 1, beep_frames: [10] }, { codec: 'pcm_s16le', channels: 1, beep_frames: [30] }] })
  const { audio } = await encodeSource(clip.file, join(directory, 'work'))
  const heard = (await Promise.all(audio.flatMap(({ media }) => [0, 1].map((channel) => readBeeps(media, { channel }))))).flat()
  for (const frame of [10, 30]) t.ok(heard.some((beep) => Math.abs(beep - frame / 25) < 0.01), `the beep of frame ${frame} is heard`, { heard })
})

t.test('loud and quiet sound come out equally loud', async (t) => {
  for (const volume of ['0dB', '-30dB']) {
    const directory = t.testdir()
    const source = join(directory, 'source.mkv')
    await ffmpeg(['-v', 'error', '-y', '-f', 'lavfi', '-i', `anoisesrc=c=pink:r=48000:d=6:a=0.5,volume=${volume}`, '-ac', '2', '-c:a', 'flac', source])
    const { audio } = await encodeSource(source, join(directory, 'work'))
    const media = audio[0]?.media
    if (media === undefined || typeof media === 'string') throw new Error('no sound was made')
    const list = `concat:${[media.init, ...media.segments].join('|')}`
    const { stderr } = await ffmpeg(['-i', list, '-af', 'ebur128=framelog=verbose', '-f', 'null', '-'])
    const loudness = Number(/I:\s+(-?[\d.]+) LUFS/.exec(stderr.slice(stderr.lastIndexOf('Summary')))?.[1])
    t.ok(Math.abs(loudness - -23) <= 1, `${volume}: ${loudness} LUFS`)
  }
})

t.test('sound alone is an asset too', async (t) => {
  for (const [name, input] of Object.entries<Input>({
    wav: { file: 'clip.wav', audio: [{ codec: 'pcm_s16le' }] },
    // The delay that it tells of its encoder is none of the sound.
    mp3: { file: 'clip.mp3', audio: [{ codec: 'libmp3lame' }] },
    m4a: { file: 'clip.m4a', audio: [{}] },
    ogg: { file: 'clip.ogg', audio: [{ codec: 'libvorbis' }] },
    'flac, 44.1 kHz': { file: 'clip.flac', audio: [{ codec: 'flac', rate: 44_100 }] },
  })) {
    await t.test(name, async (t) => {
      const beeps = [Array.from({ length: 7 }, (_, index) => (index * 10 + 5) / 25)]
      const { plan } = await comesOutRight(t, { frames: 75, no_video: true, ...input }, { beeps })
      t.equal(plan.video, null)
    })
  }
})
