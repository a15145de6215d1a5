import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { toNumber } from '../../../encoder/rational.ts'
import { addClosedCaptions } from '../../support/media/closed-captions.ts'
import { makeCounter, type CounterClip } from '../../support/media/counter.ts'
import { markDolbyVision, orient } from '../../support/media/mp4-patch.ts'
import { concatenate, tail } from '../../support/media/odd-files.ts'
import { supSubtitles } from '../../support/media/picture-subtitles.ts'
import { ffmpeg } from '../../support/media/tools.ts'
import { factsOf, planOf } from '../../support/probe-source.ts'

const directory = t.testdir()
let made = 0

/** A new file each time, of this ending. */
async function clip(ending: string, wish: Partial<CounterClip> = {}): Promise<string> {
  made += 1
  return (await makeCounter({ file: join(directory, `${made}.${ending}`), size: '160x90', audio: [], ...wish })).file
}

t.test('an ordinary file', async (t) => {
  const facts = await factsOf(await clip('mp4', { gop: 25, frames: 100, audio: [{ language: 'eng' }] }))
  t.match(facts, {
    container: { format: 'mov,mp4,m4a,3gp,3g2,mj2', duration_s: 4, start_s: 0 },
    video: {
      codec: 'h264', pixel_format: 'yuv420p', bit_depth: 8, alpha: false, width: 160, height: 90, display_width: 160, rotation: 0, field_order: 'progressive',
      frame_rate: { kind: 'constant', average: { num: 25, den: 1 } }, start_pts: 0, packets: 100, lead_packets: 0, duration_s: 4, jumps: [],
      key_pts: [0, 1, 2, 3].map((second) => second * 12_800), time_base: { num: 1, den: 12_800 },
    },
    audio: [{ codec: 'aac', channels: 2, layout: 'stereo', sample_rate: 48_000, language: 'eng', start_s: 0, duration_s: 4 }],
    subtitles: [],
    others: [],
    duration_s: 4,
  })
})

t.test('rates are exact, also where the clock of the container is not', async (t) => {
  for (const rate of ['24000/1001', '30000/1001', '60000/1001', '50']) {
    for (const ending of ['mkv', 'ts']) {
      const { plan } = await planOf(await clip(ending, { rate, frames: 60 }))
      const [num, den = 1] = rate.split('/').map(Number)
      t.match(plan.video?.grid, { frame_rate: { num, den }, frames: 60 }, `${rate} in ${ending}`)
    }
  }
})

t.test('variable rates: a telephone, a screen that mostly stands still', async (t) => {
  const jitter = Array.from({ length: 60 }, (_, index) => index / 30 + (((index * 7919) % 13) - 6) / 3000 + (index > 40 ? 0.1 : 0) + 0.01)
  const phone = await planOf(await clip('mp4', { rate: '30', times: jitter }))
  t.match(phone, { facts: { video: { frame_rate: { kind: 'variable', nominal: { num: 30, den: 1 } } } }, plan: { video: { grid: { frame_rate: { num: 30, den: 1 } } } } })
  t.match(phone.plan.notes, [/its frame rate varies \(2[89]\.\d+ on average\): it becomes constant at 30/])
  const burst = Array.from({ length: 30 }, (_, index) => index / 60)
  const screen = await planOf(await clip('mp4', { rate: '60', frames: 62, times: [...burst, 5, 9, ...burst.map((time) => time + 20)] }))
  t.match(screen, { facts: { video: { frame_rate: { kind: 'variable' } } }, plan: { video: { grid: { frame_rate: { num: 60, den: 1 } } } } })
  t.ok(Math.abs((screen.facts.video?.duration_s ?? 0) - 20.5) < 0.05, `${screen.facts.video?.duration_s} s`)
})

t.test('a slide show of one picture a second, and one frame', async (t) => {
  t.match((await planOf(await clip('mp4', { rate: '1', frames: 10 }))).plan.video?.grid, { frame_rate: { num: 25, den: 1 }, frames: 250 })
  t.match((await planOf(await clip('mp4', { frames: 1 }))).plan.video, { grid: { frames: 1 }, chunks: [{ segments: 1 }] })
})

t.test('times that begin at ten hours, before zero, or wrap on the way', async (t) => {
  for (const ending of ['mp4', 'mkv', 'ts']) {
    const facts = await factsOf(await clip(ending, { offset_s: 36_000, frames: 50 }))
    t.equal(Math.round(((facts.video?.start_pts ?? 0) * toNumber(facts.video?.time_base ?? { num: 0, den: 1 })) / 3600), 10, ending)
    t.match(facts, { duration_s: 2, video: { jumps: [] } }, ending)
  }
  // The clock of a transport stream has 33 bits: it starts anew after 26.5 hours.
  t.match(await factsOf(await clip('ts', { offset_s: 2 ** 33 / 90_000 - 1, frames: 50, gop: 10 })), { duration_s: 2, video: { packets: 50, jumps: [] } })
  t.match(await factsOf(await clip('mp4', { offset_s: -0.4, frames: 50 })), { video: { start_pts: 0, lead_packets: 0, duration_s: 1.6 } }, 'what lies before zero is cut by the edit list')
})

t.test('times that jump: the length is that of the pictures, and the source is remuxed', async (t) => {
  const parts = await Promise.all([0, 5000, 100].map((offset_s) => clip('ts', { offset_s, frames: 50, gop: 25, audio: [{}] })))
  const [zero = '', later = '', hundred = ''] = parts
  const cases = { forward: [[zero, later], 4998], back: [[hundred, zero], -102], again: [[zero, zero], -2] } as const
  for (const [name, [files, by]] of Object.entries(cases)) {
    const { facts, plan } = await planOf(await concatenate(join(directory, `${name}.ts`), ...files))
    t.equal(facts.video?.jumps.length, 1, name)
    // Close to the end of its 33 bits ffmpeg takes a step back for a wrap.
    const wrapped = by < 0 ? by + 2 ** 33 / 90_000 : by
    t.ok([by, wrapped].some((value) => Math.abs((facts.video?.jumps[0]?.by_s ?? 0) - value) < 0.1), `${name}: ${facts.video?.jumps[0]?.by_s}`)
    t.ok(Math.abs(facts.duration_s - 4) < 0.1, `${name}: ${facts.duration_s} s`)
    t.equal(plan.video?.remux, true, name)
  }
})

t.test('a recording that begins in the middle of a group of pictures: those that nothing can decode are no damage', async (t) => {
  const file = await tail(await clip('ts', { frames: 150, gop: 50, b_frames: 2, audio: [{}] }), 0.2)
  const { video } = await factsOf(file)
  t.ok((video?.lead_packets ?? 0) > 3, `${video?.lead_packets} packets`)
  t.equal(video?.start_pts, video?.key_pts[0], 'it begins at its first key frame')
})

t.test('turned, mirrored, with oblong pixels, of odd size', async (t) => {
  for (const [orientation, expected] of [
    [90, { rotation: 90, mirrored: false, display_width: 90, display_height: 160 }],
    [180, { rotation: 180, display_width: 160 }],
    [270, { rotation: 270, display_width: 90 }],
    ['mirrored', { rotation: 0, mirrored: true, display_width: 160 }],
  ] as const) {
    const file = await clip('mp4', { frames: 5 })
    await orient(file, orientation)
    t.match((await factsOf(file)).video, expected, String(orientation))
  }
  t.match((await factsOf(await clip('mp4', { frames: 5, size: '720x576', filters: ['setsar=64/45'] }))).video, { width: 720, sample_aspect: { num: 64, den: 45 }, display_width: 1024, display_height: 576 })
  t.match((await planOf(await clip('mkv', { frames: 5, codec: 'ffv1', size: '853x481' }))).plan.video?.rungs[0], { id: 'v480', width: 852, height: 480 })
})

t.test('interlaced: top or bottom first, and both kinds in one', async (t) => {
  t.equal((await factsOf(await clip('mp4', { interlaced: 'top', size: '160x96' }))).video?.field_order, 'top_first')
  const bottom = await clip('ts', { interlaced: 'bottom', codec: 'mpeg2video', size: '160x96', gop: 12, frames: 100 })
  t.equal((await factsOf(bottom)).video?.field_order, 'bottom_first')
  const whole = await clip('ts', { size: '160x96', frames: 50, gop: 10 })
  const fields = await clip('ts', { size: '160x96', frames: 100, gop: 10, interlaced: 'top', offset_s: 2 })
  t.match(await planOf(await concatenate(join(directory, 'mixed.ts'), whole, fields)), { facts: { video: { field_order: 'mixed', jumps: [] } }, plan: { video: { deinterlace: 'flagged' } } })
})

t.test('HDR10 with its metadata, Dolby Vision on top of it, HLG', async (t) => {
  const hevc = { codec: 'libx265', pixel_format: 'yuv420p10le', frames: 5, args: ['-tag:v', 'hvc1'] } as const
  const mastering = 'G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)'
  const file = await clip('mp4', { ...hevc, params: ['colorprim=bt2020', 'transfer=smpte2084', 'colormatrix=bt2020nc', `master-display=${mastering}`, 'max-cll=1000,400'] })
  const colour = { hdr: 'pq', primaries: 'bt2020', matrix: 'bt2020nc', max_content_light: 1000, max_average_light: 400, mastering_peak: 1000, mastering_display: mastering }
  t.match((await factsOf(file)).video, { bit_depth: 10, colour, dolby_vision: null })
  await markDolbyVision(file, 1)
  t.match((await planOf(file)), { facts: { video: { dolby_vision: { profile: 8, compatibility: 1 }, colour } }, plan: { notes: [/HDR10.*tone-mapped to SDR/, /Dolby Vision data is left out/, 'it has no sound'] } })
  t.match((await factsOf(await clip('mp4', { ...hevc, params: ['colorprim=bt2020', 'transfer=arib-std-b67', 'colormatrix=bt2020nc'] }))).video, { colour: { hdr: 'hlg', mastering_display: null } })
})

t.test('ten bits, transparency, full range', async (t) => {
  t.match((await factsOf(await clip('mov', { codec: 'prores_ks', pixel_format: 'yuv422p10le', frames: 3 }))).video, { codec: 'prores', bit_depth: 10, alpha: false })
  t.match((await factsOf(await clip('mov', { codec: 'prores_ks', pixel_format: 'yuva444p10le', frames: 3 }))).video, { alpha: true })
  t.match((await factsOf(await clip('webm', { codec: 'libvpx-vp9', pixel_format: 'yuva420p', frames: 3 }))).video, { alpha: true, pixel_format: 'yuv420p' })
  t.match((await factsOf(await clip('mov', { codec: 'mjpeg', pixel_format: 'yuvj420p', frames: 3 }))).video, { colour: { range: 'full' } })
})

t.test('closed captions inside the pictures are seen and reported', async (t) => {
  const { stdout } = await ffmpeg(['-v', 'error', '-i', await clip('mp4', { frames: 10 }), '-c', 'copy', '-bsf:v', 'h264_mp4toannexb,h264_metadata=aud=insert', '-f', 'h264', '-'])
  const raw = join(directory, 'captions.h264')
  await writeFile(raw, addClosedCaptions(stdout))
  const file = join(directory, 'captions.ts')
  await ffmpeg(['-v', 'error', '-y', '-r', '25', '-i', raw, '-c', 'copy', file])
  t.match(await planOf(file), { facts: { video: { closed_captions: true } }, plan: { notes: [/the closed captions \(CEA-608\/708\)/, 'it has no sound'] } })
})

t.test('a cover is never the video', async (t) => {
  const cover = join(directory, 'cover.jpg')
  await ffmpeg(['-v', 'error', '-y', '-f', 'lavfi', '-i', 'color=red:s=300x300:d=1', '-frames:v', '1', cover])
  const sound = await clip('m4a', { no_video: true, audio: [{}] })
  const song = join(directory, 'song.mp3')
  await ffmpeg(['-v', 'error', '-y', '-i', sound, '-i', cover, '-map', '0', '-map', '1', '-c:a', 'libmp3lame', '-c:v', 'copy', '-disposition:v', 'attached_pic', song])
  t.match(await factsOf(song), { video: null, audio: [{ codec: 'mp3' }], others: [{ what: 'attached picture' }] })
  const unmarked = join(directory, 'unmarked.mp4')
  await ffmpeg(['-v', 'error', '-y', '-i', sound, '-i', cover, '-map', '0', '-map', '1', '-c', 'copy', '-disposition:v', '0', unmarked])
  t.match(await factsOf(unmarked), { video: null, others: [{ what: 'attached picture' }] })
  const film = join(directory, 'film.mp4')
  await ffmpeg(['-v', 'error', '-y', '-i', cover, '-i', await clip('mp4', { frames: 10 }), '-map', '0', '-map', '1', '-c', 'copy', '-disposition:v:0', 'attached_pic', film])
  t.match(await factsOf(film), { video: { index: 0, codec: 'h264', packets: 10 }, others: [{ what: 'attached picture' }] })
})

t.test('sound of every kind: late, early, of many channels, in many tracks, beside a timecode', async (t) => {
  const facts = await factsOf(await clip('mkv', {
    frames: 50,
    audio: [{ start_s: 0.4 }, { codec: 'ac3', channels: 6, layout: '5.1', end_s: 1, language: 'ger', disposition: 'default' }, { codec: 'libopus', channels: 1, language: 'eng', title: 'Director', disposition: 'comment' }, { codec: 'pcm_s24le', rate: 96_000 }],
  }))
  t.match(facts.audio, [
    { codec: 'aac', channels: 2, language: null },
    { codec: 'ac3', channels: 6, layout: '5.1(side)', language: 'ger', default: true },
    { codec: 'opus', channels: 1, language: 'eng', title: 'Director', commentary: true },
    { codec: 'pcm_s24le', sample_rate: 96_000 },
  ])
  t.ok(Math.abs((facts.audio[0]?.start_s ?? 0) - 0.38) < 0.03, `${facts.audio[0]?.start_s} s`)
  t.ok(Math.abs((facts.audio[1]?.duration_s ?? 0) - 1) < 0.04)
  const broadcast = await planOf(await clip('mov', { frames: 10, audio: Array.from({ length: 8 }, () => ({ codec: 'pcm_s16le', channels: 1 })), args: ['-timecode', '10:00:00:00'] }))
  t.match(broadcast.facts.others, [{ type: 'data', what: 'timecode track' }])
  t.match(broadcast.plan.audio?.renditions, [{ stream_indexes: [1, 2], channels: 2 }])
  t.ok(broadcast.plan.notes.includes('the timecode track is left out'))
})

t.test('sound alone', async (t) => {
  for (const [ending, codec] of [['wav', 'pcm_f32le'], ['flac', 'flac'], ['mp3', 'libmp3lame'], ['ogg', 'libopus'], ['m4a', 'aac']] as const) {
    const { facts, plan } = await planOf(await clip(ending, { no_video: true, audio: [{ codec }] }))
    t.equal(facts.video, null, ending)
    t.ok(Math.abs(facts.duration_s - 2) < 0.06, `${ending}: ${facts.duration_s} s`)
    t.match(plan, { video: null, audio: { segment_s: { num: 96, den: 25 } } }, ending)
  }
})

t.test('subtitles: text becomes captions, pictures are reported', async (t) => {
  const text = join(directory, 'a.srt')
  await writeFile(text, '1\n00:00:00,000 --> 00:00:01,000\nhi\n')
  const pictures = join(directory, 'a.sup')
  await writeFile(pictures, supSubtitles())
  const file = join(directory, 'subtitles.mkv')
  await ffmpeg([
    '-v', 'error', '-y', '-i', await clip('mp4', { frames: 25 }), '-i', text, '-i', pictures, '-map', '0', '-map', '1', '-map', '2', '-c', 'copy',
    '-metadata:s:s:0', 'language=ger', '-disposition:s:0', 'forced', '-metadata:s:s:1', 'language=fre', file,
  ])
  const { facts, plan } = await planOf(file)
  t.match(facts.subtitles, [{ codec: 'subrip', kind: 'text', language: 'ger', forced: true }, { codec: 'hdmv_pgs_subtitle', kind: 'picture', language: 'fre' }])
  t.match(plan.captions, [{ id: 'c0', from: { stream_index: 1 }, language: 'de' }])
  t.ok(plan.notes.some((note) => /picture subtitles in Français \(stream #2\) are left out/.test(note)), plan.notes.join('\n'))
})

t.test('every container and codec that people drop', async (t) => {
  const kinds: readonly (readonly [ending: string, wish: Partial<CounterClip>])[] = [
    ['mpg', { codec: 'mpeg2video', audio: [{ codec: 'mp2' }] }],
    ['avi', { codec: 'mpeg4', b_frames: 2, audio: [{ codec: 'libmp3lame' }] }],
    ['avi', { codec: 'libx264' }],
    ['avi', { codec: 'dvvideo', size: '720x576', audio: [{ codec: 'pcm_s16le' }] }],
    ['flv', { codec: 'flv', audio: [{ codec: 'libmp3lame' }] }],
    ['mxf', { codec: 'mpeg2video', audio: [{ codec: 'pcm_s16le' }] }],
    ['mxf', { codec: 'dnxhd', size: '1280x720', rate: '50', pixel_format: 'yuv422p', args: ['-b:v', '75M'], frames: 5 }],
    ['m2ts', { codec: 'libx264', audio: [{ codec: 'ac3' }] }],
    ['webm', { codec: 'libvpx', audio: [{ codec: 'libvorbis' }] }],
    ['mkv', { codec: 'libsvtav1', frames: 20 }],
    ['mkv', { codec: 'libx265', open_gop: true, gop: 12 }],
    ['mp4', { codec: 'libx264', open_gop: true, gop: 12, b_frames: 3, args: ['-movflags', '+frag_keyframe+empty_moov'] }],
  ]
  for (const [ending, wish] of kinds) {
    const { facts, plan } = await planOf(await clip(ending, wish))
    const frames = wish.frames ?? 50
    const label = `${wish.codec} in ${ending}`
    t.equal(facts.video?.packets, frames, label)
    // Some containers do not tell how long the last picture lasts, or when the first is shown.
    t.ok(Math.abs((plan.video?.grid.frames ?? 0) - frames) <= 1, `${label}: ${plan.video?.grid.frames} frames`)
    t.same(facts.video?.jumps, [], label)
    t.match(plan.video?.grid.frame_rate, wish.rate === '50' ? { num: 50 } : { num: 25, den: 1 }, label)
  }
})

t.test('the same file gives the same facts and plan', async (t) => {
  const file = await clip('mkv', { audio: [{}] })
  await copyFile(file, join(directory, 'copy.mkv'))
  t.strictSame(await planOf(file), await planOf(join(directory, 'copy.mkv')))
})
