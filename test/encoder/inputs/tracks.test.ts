import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { examineSource } from '../../support/chain.ts'
import { comesOutRight } from '../../support/input-check.ts'
import { addClosedCaptions } from '../../support/media/closed-captions.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { supSubtitles } from '../../support/media/picture-subtitles.ts'
import { ffmpeg } from '../../support/media/tools.ts'

t.setTimeout(900_000)

const SRT = '1\n00:00:00,200 --> 00:00:01,000\nGood evening.\n\n2\n00:00:01,200 --> 00:00:01,900\nÜber & <i>außen</i>\n'

t.test('several languages stay apart, with the default first', async (t) => {
  const audio = [
    { language: 'eng', title: 'English', beep_frames: [5] },
    { language: 'deu', title: 'Deutsch', beep_frames: [15], disposition: 'default' },
    { language: 'fra', title: 'Commentaire', beep_frames: [25], disposition: 'comment' },
  ]
  const { plan } = await comesOutRight(t, { file: 'clip.mkv', audio: [{ ...audio[0], disposition: '0' }, ...audio.slice(1)] })
  const renditions = plan.audio?.renditions ?? []
  t.strictSame(renditions.map(({ language }) => language), ['en', 'de', 'fr'])
  t.strictSame(renditions.map((rendition) => rendition.default), [false, true, false])
  t.equal(renditions[2]?.role, 'commentary')
})

t.test('no sound and no pictures: each alone is enough', async (t) => {
  await comesOutRight(t, { file: 'clip.mp4', audio: [] })
  await comesOutRight(t, { file: 'clip.m4a', no_video: true })
})

t.test('subtitles in text become captions, those in pictures are reported', async (t) => {
  const directory = t.testdir({ 'captions.srt': SRT })
  await writeFile(join(directory, 'pictures.sup'), supSubtitles())
  const clip = await makeCounter({
    file: join(directory, 'clip.mkv'),
    inputs: ['-i', join(directory, 'captions.srt'), '-i', join(directory, 'pictures.sup')],
    args: ['-map', '2:s', '-map', '3:s', '-c:s:0', 'srt', '-c:s:1', 'copy', '-metadata:s:s:0', 'language=deu', '-metadata:s:s:1', 'language=fra'],
  })
  const { facts, plan } = await examineSource(clip.file, directory)
  t.strictSame(facts.subtitles.map(({ kind, language }) => `${kind} ${language}`), ['text deu', 'picture fra'])
  t.strictSame(plan.captions.map(({ language }) => language), ['de'])
  t.ok(plan.notes.some((note) => /picture subtitles/i.test(note)), 'reported', { notes: plan.notes })
})

t.test('CEA-608 captions in the pictures are reported', async (t) => {
  const directory = t.testdir()
  const clip = await makeCounter({ file: join(directory, 'plain.mp4'), size: '160x90', audio: [] })
  const { stdout } = await ffmpeg(['-v', 'error', '-i', clip.file, '-c', 'copy', '-bsf:v', 'h264_mp4toannexb,h264_metadata=aud=insert', '-f', 'h264', '-'])
  await writeFile(join(directory, 'captions.h264'), addClosedCaptions(stdout))
  for (const name of ['captioned.ts', 'captioned.mp4']) {
    await ffmpeg(['-v', 'error', '-y', '-r', '25', '-i', join(directory, 'captions.h264'), '-c', 'copy', join(directory, name)])
    const { facts, plan } = await examineSource(join(directory, name), directory)
    t.equal(facts.video?.closed_captions, true, name)
    t.ok(plan.notes.some((note) => /608|captions/i.test(note)), 'reported', { notes: plan.notes })
  }
})

t.test('attached pictures, timecode and data are not taken for pictures of the film', async (t) => {
  const directory = t.testdir({ 'cover.txt': 'font' })
  const cover = join(directory, 'cover.jpg')
  await ffmpeg(['-v', 'error', '-y', '-f', 'lavfi', '-i', 'color=red:s=600x600', '-frames:v', '1', cover])
  await t.test('a cover beside a film', async (t) => {
    const { facts } = await comesOutRight(t, { file: 'clip.mp4', inputs: ['-i', cover], args: ['-map', '2:v', '-c:v:1', 'copy', '-disposition:v:1', 'attached_pic'] })
    t.match(facts.others, [{ what: /attached picture/ }])
  })
  await t.test('a cover in a song', async (t) => {
    const { plan } = await comesOutRight(t, { file: 'clip.flac', no_video: true, audio: [{ codec: 'flac' }], inputs: ['-i', cover], args: ['-map', '1:v', '-c:v', 'copy', '-disposition:v:0', 'attached_pic'] })
    t.equal(plan.video, null)
  })
  await t.test('a timecode track', async (t) => {
    const { facts } = await comesOutRight(t, { file: 'clip.mov', args: ['-timecode', '10:00:00:00'] })
    t.match(facts.others, [{ what: /timecode/ }])
  })
  await t.test('an attached font', async (t) => {
    const { facts } = await comesOutRight(t, { file: 'clip.mkv', args: ['-attach', join(directory, 'cover.txt'), '-metadata:s:t', 'mimetype=application/x-truetype-font'] })
    t.equal(facts.others.length, 1)
  })
  await t.test('a second camera', async (t) => {
    const { facts } = await comesOutRight(t, { file: 'clip.mkv', inputs: ['-f', 'lavfi', '-i', 'color=red:s=64x36:r=25:d=2'], args: ['-map', '2:v', '-disposition:v:0', 'default'] })
    t.match(facts.others, [{ what: /video/ }])
  })
  await t.test('a data track', async (t) => {
    const klv = join(directory, 'data.bin')
    await writeFile(klv, await readFile(cover))
    const { facts } = await comesOutRight(t, { file: 'clip.ts', inputs: ['-f', 'data', '-i', klv], args: ['-map', '2', '-c:d', 'copy'] })
    t.equal(facts.others.length, 1, JSON.stringify(facts.others))
  })
})
