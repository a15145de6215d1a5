import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { builtInProfiles } from '../../../encoder/plan/built-in-profiles.ts'
import { billionFrames, hugePicture, yearApart } from '../../support/media/bombs.ts'
import { makeCounter, type CounterClip } from '../../support/media/counter.ts'
import { concatenate, cut, damage, lock, scramble } from '../../support/media/odd-files.ts'
import { ffmpeg } from '../../support/media/tools.ts'
import { factsOf } from '../../support/probe-source.ts'

const directory = t.testdir()

async function clip(name: string, wish: Partial<CounterClip> = {}): Promise<string> {
  return (await makeCounter({ file: join(directory, name), size: '160x90', frames: 100, gop: 25, ...wish })).file
}

t.test('files that were cut, by what each container knows', async (t) => {
  const front = await clip('front.mp4', { args: ['-movflags', '+faststart'] })
  await t.rejects(factsOf(await cut(front, 0.6)), { code: 'truncated', fault: 'source', message: /of its media data only 5\d % are there/, advice: /Copy it again/ })
  await t.rejects(factsOf(await cut(await clip('back.mp4'), 0.6)), { code: 'no_index', message: /ends in the middle of its media data/ })
  await t.rejects(factsOf(await cut(await clip('fragments.mp4', { args: ['-movflags', '+frag_keyframe+empty_moov'] }), 0.6)), { code: 'truncated' })
  await t.rejects(factsOf(await cut(await clip('a.mkv'), 0.6)), { code: 'truncated' })
  await t.rejects(factsOf(await cut(await clip('a.avi', { codec: 'mpeg4' }), 0.6)), { code: 'truncated' })
  await t.rejects(factsOf(await cut(await clip('a.mxf', { codec: 'mpeg2video', audio: [{ codec: 'pcm_s16le' }] }), 0.6)), { code: 'truncated' })
  await t.rejects(factsOf(await cut(await clip('a.flv', { codec: 'flv', audio: [{ codec: 'libmp3lame' }] }), 0.6)), { code: 'truncated', message: /ends at \d\.\d s, though its header says that it lasts 4\.\d s/ })
})

t.test('a live Matroska promises no length, so nothing of it is missing', async (t) => {
  const live = join(directory, 'live.mkv')
  await ffmpeg(['-v', 'error', '-y', '-i', await clip('whole.mkv'), '-c', 'copy', '-live', '1', '-f', 'matroska', live])
  t.match(await factsOf(await cut(live, 0.6)), { container: { duration_s: null } })
})

t.test('media that is locked', async (t) => {
  await t.rejects(factsOf(await lock(await clip('lock.mp4'))), { code: 'encrypted', message: 'its media is encrypted (encv)' })
  await t.rejects(factsOf(await scramble(await clip('lock.ts'))), { code: 'encrypted', message: 'its packets are scrambled' })
  const cenc = join(directory, 'cenc.mp4')
  await ffmpeg(['-v', 'error', '-y', '-i', await clip('plain.mp4'), '-c', 'copy', '-encryption_scheme', 'cenc-aes-ctr', '-encryption_key', '0123456789abcdef0123456789abcdef', '-encryption_kid', 'fedcba9876543210fedcba9876543210', cenc])
  await t.rejects(factsOf(cenc), { code: 'encrypted' })
})

t.test('bombs: refused before anything of them is unpacked', async (t) => {
  const huge = { code: 'too_large', message: /32768×32768 pixels; the profile takes a short side of at most 4320/ }
  await t.rejects(factsOf(await hugePicture(join(directory, 'huge.mkv'), 32_768, { secretly: false })), huge)
  await t.rejects(factsOf(await hugePicture(join(directory, 'secret.mkv'), 32_768, { secretly: true })), huge)
  await t.rejects(factsOf(await billionFrames(join(directory, 'billion.mov'))), { code: 'too_large', message: /more than \d+ pictures in one track/, facts: { frames: 1_000_000_000 } })
  await t.rejects(factsOf(await yearApart(directory)), { code: 'too_large', message: /lasts 8760 hours; the profile takes at most 12 hours/ })
})

t.test('limits are the profile’s', async (t) => {
  const { limits } = builtInProfiles.default
  const file = await clip('limits.mp4')
  await t.rejects(factsOf(file, { limits: { ...limits, max_short_side: 64 } }), { code: 'too_large', message: /160×90/ })
  await t.rejects(factsOf(file, { limits: { ...limits, max_duration_s: 3 } }), { code: 'too_large', message: /lasts 4 s; the profile takes at most 3 s/ })
  await t.rejects(factsOf(file, { limits: { ...limits, max_frames: 99 } }), { code: 'too_large' })
  await t.rejects(factsOf(await clip('limits.ts'), { limits: { ...limits, max_frames: 99 } }), { code: 'too_large' }, 'also where no header says how many there are')
})

t.test('damage: counted, and refused where it is more than the profile allows', async (t) => {
  const { limits } = builtInProfiles.default
  const file = await damage(await clip('damage.ts', { audio: [], frames: 200 }), { from: 0.4, to: 0.6, each: 100 })
  await t.rejects(factsOf(file), { code: 'damaged', message: /^\d+ of its \d+ pictures \(\d+ %\) cannot be decoded whole; the profile allows 2 %$/ })
  await t.resolves(factsOf(file, { limits: { ...limits, max_damaged_percent: 90 } }))
})

t.test('nothing to decode: no streams, a codec that nobody knows, no media at all', async (t) => {
  const file = await clip('unknown.mp4', { audio: [] })
  const bytes = await readFile(file)
  bytes.write('zzzz', bytes.indexOf('avc1', bytes.indexOf('stsd')), 'latin1')
  await writeFile(file, bytes)
  await t.rejects(factsOf(file), { code: 'no_streams', message: /it holds only video zzzz/ })
  const subtitles = join(directory, 'subtitles.mkv')
  await writeFile(join(directory, 'a.srt'), '1\n00:00:00,000 --> 00:00:01,000\nhi\n')
  await ffmpeg(['-v', 'error', '-y', '-i', join(directory, 'a.srt'), '-c', 'srt', subtitles])
  await t.rejects(factsOf(subtitles), { code: 'no_streams', message: /it holds only subtitle subrip/ })
  const noise = join(directory, 'noise')
  await writeFile(noise, Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919 + (index >> 3) * 104_729) % 256)))
  await t.rejects(factsOf(noise), { code: 'not_media', message: 'no media container is recognised in it' })
})

t.test('a stream without a container is refused by its name, and so is what ffmpeg would read other files for', async (t) => {
  const raw = join(directory, 'raw.h264')
  await ffmpeg(['-v', 'error', '-y', '-i', await clip('r.mp4'), '-c', 'copy', '-an', raw])
  await t.rejects(factsOf(raw), { code: 'not_media', message: /not accepted \(ffmpeg calls it "h264"\)/, advice: /Wrap it/ })
})

t.test('a file that only names another is refused, and the other is never read', async (t) => {
  const secret = await clip('secret.mp4')
  // ffmpeg recognises HLS by its first line, at whatever name.
  const disguised = join(directory, 'holiday.mp4')
  await writeFile(disguised, `#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n${secret}\n#EXT-X-ENDLIST\n`)
  await t.rejects(factsOf(disguised), { code: 'playlist' })
})

t.test('a header with no packet behind it', async (t) => {
  const empty = join(directory, 'empty.mp4')
  await ffmpeg(['-v', 'error', '-y', '-f', 'lavfi', '-i', 'color=s=64x36:d=1', '-frames:v', '0', '-c:v', 'libx264', '-movflags', '+empty_moov', empty])
  await t.rejects(factsOf(empty), { fault: 'source', code: /no_streams|zero_duration|truncated/ })
})

t.test('a name that would be an option, an address or a pattern is only a name', async (t) => {
  const file = await clip('n.mp4', { frames: 10 })
  for (const name of ['-i.mp4', 'http:x%03d.mp4', 'concat:a|b.mp4', 'a\nb.mp4', '%d*?[x].mp4']) {
    await copyFile(file, join(directory, name))
    t.equal((await factsOf(join(directory, name))).video?.packets, 10, JSON.stringify(name))
  }
})

t.test('two files in one are what the first says', async (t) => {
  const both = await concatenate(join(directory, 'both.mp4'), await clip('one.mp4'), await clip('two.mp4'))
  const facts = await factsOf(both)
  t.equal(facts.video?.packets, 100)
})
