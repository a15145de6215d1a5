import { join } from 'node:path'
import t from 'tap'
import { makeCounter, type CounterClip } from '../../support/media/counter.ts'
import { ffmpeg } from '../../support/media/tools.ts'
import { factsOf, planOf } from '../../support/probe-source.ts'

t.setTimeout(240_000)

const directory = t.testdir()

async function clip(file: string, wish: Partial<CounterClip> = {}): Promise<string> {
  return (await makeCounter({ size: '64x36', audio: [], ...wish, file: join(directory, file) })).file
}

t.test('sound that begins half a minute into a transport or program stream is not lost: the source is remuxed first', async (t) => {
  for (const [file, codec, sound] of [['late.ts', 'libx264', 'aac'], ['late.mpg', 'mpeg2video', 'mp2']] as const) {
    const { facts, plan } = await planOf(await clip(file, { codec, frames: 800, gop: 100, audio: [{ codec: sound, start_s: 30 }] }))
    t.ok(Math.abs((facts.late_s ?? 0) - 30) < 1.5, `${file}: ${facts.late_s} s`)
    t.equal(plan.video?.remux, true)
    t.ok(plan.notes.some((note) => /begins only after (?:29|30|31)\.\d s/.test(note)), 'it is told', { notes: plan.notes })
  }
  t.equal((await factsOf(await clip('soon.ts', { frames: 300, audio: [{ start_s: 8 }] }))).late_s, null)
})

t.test('a still of twelve seconds in a transport stream is no jump of its clock where the sound goes on', async (t) => {
  const times = [...Array.from({ length: 10 }, (_, index) => index / 25), ...Array.from({ length: 10 }, (_, index) => 12 + index / 25)]
  const { facts, plan } = await planOf(await clip('slides.ts', { frames: 20, times, audio: [{}] }))
  t.match(facts.video, { jumps: [], packets: 20 })
  t.ok(Math.abs((facts.video?.duration_s ?? 0) - 12.4) < 0.05, `${facts.video?.duration_s} s`)
  t.equal(plan.video?.remux, false)
})

t.test('of several programmes in one transport stream the first with pictures is taken, with its own sound', async (t) => {
  const [one, two] = [await clip('one.ts', { audio: [{}] }), await clip('two.ts', { audio: [{}] })]
  const both = join(directory, 'both.ts')
  await ffmpeg(['-v', 'error', '-i', one, '-i', two, '-map', '0', '-map', '1', '-c', 'copy', '-program', 'title=one:st=0:st=1', '-program', 'title=two:st=2:st=3', both])
  const { facts, plan } = await planOf(both)
  t.equal(facts.audio.length, 1)
  t.same(facts.others.map(({ what }) => what), ['video track of another programme', 'audio track of another programme'])
  t.equal(plan.notes.filter((note) => /another programme/.test(note)).length, 2)
})

t.test('AVI tells no times of presentation: sound counts from the first packet, and not from what a decoder makes of a later one', async (t) => {
  for (const codec of ['libx264', 'mpeg4']) {
    const facts = await factsOf(await clip(`${codec}.avi`, { codec, b_frames: 2, frames: 50, audio: [{ codec: 'pcm_s16le' }] }))
    t.match(facts.video, { zero_pts: 0, duration_s: 2 }, codec)
    t.ok((facts.video?.start_pts ?? 0) > 0)
    t.equal(facts.audio[0]?.start_s, 0)
  }
})

t.test('240 pictures a second on a clock of milliseconds are no variable rate', async (t) => {
  t.match(await planOf(await clip('fast.mkv', { rate: '240', frames: 120 })), { facts: { video: { frame_rate: { kind: 'constant' } } }, plan: { video: { source_rate: { num: 240, den: 1 } } } })
})

t.test('sound alone begins where it is heard: the delay that a file tells of its encoder is none of it', async (t) => {
  for (const [file, codec] of [['song.mp3', 'libmp3lame'], ['song.opus', 'libopus']] as const) {
    const facts = await factsOf(await clip(file, { no_video: true, frames: 50, audio: [{ codec }] }))
    t.equal(facts.audio[0]?.start_s, 0, file)
    t.ok(Math.abs((facts.audio[0]?.duration_s ?? 0) - 2) < 0.05, `${file}: ${facts.audio[0]?.duration_s} s`)
  }
})
