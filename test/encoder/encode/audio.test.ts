import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { encodeAudio, type MadeSound } from '../../../encoder/encode/audio.ts'
import { audioCommand, loudnessCommand } from '../../../encoder/encode/audio-command.ts'
import { gainFor, readLoudness } from '../../../encoder/encode/loudness.ts'
import type { AudioPlan, AudioRendition } from '../../../encoder/plan/plan.ts'
import { rational } from '../../../encoder/rational.ts'
import type { Tools } from '../../../encoder/tools.ts'
import { debian, ffmpegs } from '../../support/ffmpegs.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { readBeeps } from '../../support/media/read-counter.ts'
import { ffmpeg } from '../../support/media/tools.ts'

t.setTimeout(240_000)

const tools = await debian.open()
const R128 = { target_lufs: -23, peak_dbtp: -1 }

function rendition(more: Partial<AudioRendition> = {}): AudioRendition {
  return { id: 'a0', stream_indexes: [1], pad_s: [0], filters: [], channels: 2, bitrate_kbps: 128, sample_rate: 48_000, loudness: null, language: 'und', label: 'Audio 1', default: true, role: 'main', ...more }
}

function plan(renditions: readonly AudioRendition[], more: Partial<AudioPlan> = {}): AudioPlan {
  return { segment_s: rational(48, 25), origin: rational(0), end_s: 0, max_damaged: 0, renditions, ...more }
}

async function encode(source: string, directory: string, audio: AudioPlan, which: Tools = tools, duration_s = 8) {
  const shares: number[] = []
  const made = await encodeAudio({ plan: { audio, duration_s }, source, directory, tools: which, signal: new AbortController().signal, stallMs: 30_000, onProgress: (share) => shares.push(share) })
  return { ...made, shares }
}

function media({ inits, segments }: MadeSound, id: string) {
  return { init: inits.find((init) => init.rendition === id)?.path ?? '', segments: segments.filter((segment) => segment.rendition === id).map(({ path }) => path) }
}

async function loudnessOf(sound: MadeSound, id: string): Promise<number> {
  const { init, segments } = media(sound, id)
  const { stderr } = await ffmpeg(['-v', 'info', '-protocol_whitelist', 'concat,file', '-i', `concat:${[init, ...segments].join('|')}`, '-af', 'ebur128@a0=peak=true:framelog=verbose', '-f', 'null', '-'])
  return readLoudness(stderr).get('a0')?.integrated ?? Number.NaN
}

function isInSync(t: Test, heard: readonly number[], beeps: readonly number[], what: string) {
  t.equal(heard.length, beeps.length, `${what}: all beeps are heard`)
  const worst = Math.max(...beeps.map((beep, index) => Math.abs((heard[index] ?? Infinity) - beep)))
  t.ok(worst < 0.002, `${what}: within ${(worst * 1000).toFixed(2)} ms`)
}

t.test('the commands, word for word', async (t) => {
  const two = plan([rendition({ filters: ['pan=stereo|FL=c0|FR=c1'], loudness: R128 }), rendition({ id: 'a1', stream_indexes: [2, 3], pad_s: [0, 1.25] })], { origin: rational(-7, 5) })
  const source = ['-max_error_rate', '1', '-protocol_whitelist', 'file', '-format_whitelist', /^mov,.*ape$/, '-probesize', '20M', '-analyzeduration', '20M', '-copyts', '-itsoffset', '0.000001', '-i', 'file:/sources/a b.mov']
  const command = { plan: two, source: '/sources/a b.mov', damaged: false }
  const first = '[0:1]asetpts=PTS-(-7/5)/TB,pan=stereo|FL=c0|FR=c1,aresample=48000:async=1:first_pts=0,aformat=channel_layouts=stereo'
  const joined =
    '[0:2]asetpts=PTS-(-7/5)/TB,aresample=48000:async=1:first_pts=0,aformat=channel_layouts=mono[a1p0];[0:3]asetpts=PTS-(-7/5)/TB,aresample=48000:async=1:first_pts=0,aformat=channel_layouts=mono,apad=pad_dur=1.250000[a1p1];' +
    '[a1p0][a1p1]amerge=inputs=2,aformat=channel_layouts=stereo'
  const output = (id: string) => [
    '-map', `[${id}]`, '-c:a', 'aac', '-b:a', '128k', '-ar', '48000', '-ac', '2', '-bsf:a', 'noise=drop=lt(pts\\,0)', '-map_metadata', '-1', '-map_chapters', '-1', '-avoid_negative_ts', 'disabled',
    '-f', 'hls', '-hls_segment_type', 'fmp4', '-hls_time', '1.920000', '-hls_list_size', '0', '-hls_playlist_type', 'vod', '-hls_fmp4_init_filename', 'init.mp4',
    '-hls_segment_filename', `${id}/s%05d.m4s`, '-hls_segment_options', 'movflags=+cmaf+skip_sidx+frag_discont:use_editlist=0', `${id}/p.m3u8`,
  ]
  t.match(audioCommand(command, new Map([['a0', 4.5]])), [...source, '-y', '-filter_complex', `${first},volume=4.50dB[a0];${joined}[a1]`, ...output('a0'), ...output('a1')])
  t.match(loudnessCommand({ ...command, plan: { ...two, renditions: two.renditions.slice(0, 1) } }), [
    ...source, '-y', '-filter_complex', `${first},ebur128@a0=peak=true:framelog=verbose[a0]`, '-map', '[a0]', '-f', 'null', '-',
  ])
})

t.test('packets that cannot be decoded become silence of their length: what follows stays in time', async (t) => {
  const directory = t.testdir({})
  const counter = await makeCounter({ file: join(directory, 'clip.mkv'), frames: 200, size: '64x36', audio: [{ codec: 'flac', beep_frames: [5, 150, 190] }] })
  const bytes = await readFile(counter.file)
  // Three FLAC frames between the beeps lose what they begin with, in blocks of Matroska's second track.
  const frames = [...bytes.toString('latin1').matchAll(/(?<=\x82[^]{2}\x80)\xff\xf8/g)].map(({ index }) => index)
  t.ok(frames.length > 50, `${frames.length} frames`)
  for (const index of [20, 24, 28]) bytes[frames[index] ?? 0] = 0
  await writeFile(counter.file, bytes)
  for (const loudness of [R128, null]) {
    const sound = await encode(counter.file, join(directory, `made-${loudness === null}`), plan([rendition({ loudness })], { max_damaged: 10 }))
    isInSync(t, await readBeeps(media(sound, 'a0')), counter.beeps[0] ?? [], 'after the damage')
  }
})

t.test('gain brings the loudness to its target, but no peak above the ceiling, and leaves silence alone', async (t) => {
  t.equal(gainFor({ integrated: -30.4, peak: -20 }, R128), 7.4)
  t.equal(gainFor({ integrated: -30.4, peak: -3 }, R128), 2)
  t.equal(gainFor({ integrated: -10, peak: 0.3 }, R128), -13)
  t.equal(gainFor({ integrated: -24, peak: 0.5 }, R128), -1.5)
  t.equal(gainFor({ integrated: -70, peak: -Infinity }, R128), 0)
})

for (const tool of ffmpegs) {
  t.test(`${tool.name}: sound is in time with its pictures, whatever the source counts from, in segments as long as theirs`, { skip: tool.skip }, async (t) => {
    const directory = t.testdir({})
    const which = await tool.open()
    const clips = {
      mp4: { file: 'clip.mp4', audio: [{}], origin: rational(0) },
      ts: { file: 'clip.ts', audio: [{ rate: 44_100, start_s: 0.3 }], offset_s: 100, origin: rational(100) },
      mkv: { file: 'clip.mkv', audio: [{ codec: 'pcm_s16le' }], rate: '30000/1001', origin: rational(0), segment_s: rational(1001, 500) },
    }
    for (const [name, { origin, segment_s: segment = rational(48, 25), ...clip }] of Object.entries(clips) as [string, (typeof clips)['mkv'] & { offset_s?: number }][]) {
      const counter = await makeCounter({ ...clip, file: join(directory, clip.file), frames: 200, size: '64x36' })
      const sound = await encode(counter.file, join(directory, name), plan([rendition()], { origin, segment_s: segment }), which)
      isInSync(t, await readBeeps(media(sound, 'a0')), counter.beeps[0] ?? [], name)
      t.match(sound.inits, [{ rendition: 'a0', timescale: 48_000, codecs: 'mp4a.40.2' }])
      t.ok(sound.segments.every(({ start_ticks, number }) => Math.abs(start_ticks / 48_000 - (number * segment.num) / segment.den) <= 1024 / 48_000))
      if (name === 'mp4') t.ok(sound.segments.slice(0, -1).every(({ frames, duration_ticks }) => frames === 90 && duration_ticks === 92_160), 'and exactly as long where AAC frames allow it')
      t.ok(Math.abs(sound.segments.reduce((sum, { duration_ticks }) => sum + duration_ticks, 0) / 48_000 - counter.duration_s) < 0.06)
      t.equal(sound.shares.at(-1), 1)
    }
  })

  t.test(`${tool.name}: each rendition is brought to its loudness, two mono tracks become one`, { skip: tool.skip }, async (t) => {
    const directory = t.testdir({})
    const file = join(directory, 'clip.mkv')
    // Left beeps alone and right for longer; a quiet track; a silent one.
    await ffmpeg([
      '-v', 'error', '-f', 'lavfi', '-i', 'sine=f=1000:d=4', '-f', 'lavfi', '-i', 'sine=f=400:d=6', '-f', 'lavfi', '-i', 'sine=f=700:d=6,volume=-20dB', '-f', 'lavfi', '-i', 'anullsrc=cl=stereo,atrim=0:6',
      '-map', '0', '-map', '1', '-map', '2', '-map', '3', '-c:a', 'pcm_s16le', file,
    ])
    const sound = await encode(
      file, join(directory, 'made'),
      plan([
        rendition({ id: 'a0', stream_indexes: [0, 1], pad_s: [2, 0], filters: ['pan=stereo|FL=c0|FR=c1'], loudness: R128 }),
        rendition({ id: 'a1', stream_indexes: [2], loudness: R128 }),
        rendition({ id: 'a2', stream_indexes: [3], loudness: R128 }),
        rendition({ id: 'a3', stream_indexes: [2], channels: 1, loudness: { target_lufs: -16, peak_dbtp: -1 } }),
      ]),
      await tool.open(), 6,
    )
    t.equal(sound.inits.length, 4)
    for (const [id, target] of [['a0', -23], ['a1', -23], ['a3', -16]] as const) {
      const loudness = await loudnessOf(sound, id)
      t.ok(Math.abs(loudness - target) <= 0.3, `${id}: ${loudness} LUFS`)
    }
    t.ok(await loudnessOf(sound, 'a2') <= -70, 'silence stays silent')
    const length = (id: string) => sound.segments.filter((segment) => segment.rendition === id).reduce((sum, { duration_ticks }) => sum + duration_ticks, 0) / 48_000
    t.ok(Math.abs(length('a0') - 6) < 0.03, 'the shorter of two joined tracks does not end both')
  })
}

t.test('no audio is no fault', async (t) => {
  t.same(await encodeAudio({ plan: { audio: null, duration_s: 1 }, source: '/nowhere', directory: '/nowhere', tools, signal: new AbortController().signal, stallMs: 1000 }), { inits: [], segments: [] })
})

for (const tool of ffmpegs) {
  t.test(`${tool.name}: a track of which nothing can be decoded is a fault of the source`, { skip: tool.skip }, async (t) => {
    const directory = t.testdir({})
    const { file } = await makeCounter({ file: join(directory, 'clip.mp4'), frames: 25, size: '64x36' })
    const audio = plan([rendition()], { origin: rational(100) })
    await t.rejects(encode(file, join(directory, 'made'), audio, await tool.open()), { code: 'damaged', fault: 'source', message: /#1/ })
  })
}
