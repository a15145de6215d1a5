import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { makeCaptions } from '../../../../encoder/package/captions/make-captions.ts'
import { rational } from '../../../../encoder/rational.ts'
import { ffmpegs } from '../../../support/ffmpegs.ts'
import { ffmpeg } from '../../../support/media/tools.ts'
import { testPlan } from '../../../support/test-plan.ts'

const SRT = '1\n00:00:00,500 --> 00:00:01,250\nHällo <i>you</i>\n\n2\n00:00:03,000 --> 00:00:04,000\n{\\an8}two\nlines\n'
const EXPECTED = /^WEBVTT\n\n00:00:00\.500 --> 00:00:01\.250\nHällo <i>you<\/i>\n\n00:00:03\.000 --> 00:00:04\.000.*\ntwo\nlines\n$/

const folder = t.testdir({ 'a.srt': SRT })
const inputs = ['-f', 'lavfi', '-i', 'color=s=64x36:r=5:d=5', '-i', join(folder, 'a.srt'), '-map', '0:v', '-map', '1:0', '-map', '1:0']
/** A file, its captions’ codec, and the time at which its video starts. */
const sources: readonly (readonly [string, string, number, readonly string[]])[] = [
  ['plain.mkv', 'srt', 0, []],
  ['late.mkv', 'srt', 36_000, ['-output_ts_offset', '36000']],
  ['text.mp4', 'mov_text', 0, []],
  ['late.mp4', 'mov_text', 12.5, ['-output_ts_offset', '12.5']],
  ['styled.mkv', 'ass', 0, []],
  ['web.webm', 'webvtt', 0, ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8']],
]
for (const [name, codec, , more] of sources) await ffmpeg(['-v', 'error', ...inputs, '-c:v', 'mpeg4', '-c:s', codec, ...more, join(folder, name)])

for (const program of ffmpegs) {
  void t.test(`embedded captions come out at their times, with ${program.name}`, { skip: program.skip }, async (t) => {
    const run = { tools: await program.open(), signal: new AbortController().signal, stallMs: 30_000 }
    const { captions: plans } = testPlan({ seconds: 5, captions: [{ id: 'c0', language: 'de', from: { stream_index: 1 } }, { id: 'c1', from: { stream_index: 2 } }] })
    for (const [name, , origin] of sources) {
      const directory = join(folder, `${name}-${program.name.replaceAll(' ', '-')}`)
      const { captions, notes } = await makeCaptions({ plans, source: join(folder, name), origin: rational(origin * 10, 10), duration_s: 5, directory, run })
      t.same(notes, [], name)
      t.same(captions.map(({ cues }) => cues), [2, 2], name)
      for (const { file } of captions) t.match(await readFile(file.path, 'utf8'), EXPECTED, name)
    }
  })
}

void t.test('a file beside the source is cleaned, and a broken one stops the job with its line', async (t) => {
  const folder = t.testdir({ 'clip.de.srt': Buffer.from(SRT, 'latin1'), 'clip.en.srt': '1\n00:00:01,000 --> 0x\nbroken\n', 'clip.fr.srt': Buffer.from('P\0Q\xff', 'latin1') })
  const made = async (file: string, language: string) => {
    const { captions } = testPlan({ seconds: 5, captions: [{ id: 'c0', label: 'Deutsch', language, from: { file: join(folder, file) } }] })
    const run = { tools: { ffmpeg: '/nonexistent', launcher: [] }, signal: new AbortController().signal, stallMs: 1000 }
    return makeCaptions({ plans: captions, source: '/nonexistent', origin: rational(0), duration_s: 5, directory: join(folder, 'made'), run })
  }
  const { captions, notes } = await made('clip.de.srt', 'de')
  t.same(notes, ['the captions “Deutsch” are not in UTF-8; they were read as windows-1252'])
  t.match(await readFile(captions[0]?.file.path ?? '', 'utf8'), EXPECTED)
  await t.rejects(made('clip.en.srt', 'en'), { code: 'captions_invalid', message: 'Line 2 of the captions “Deutsch” (clip.en.srt): this is no time: "00:00:01,000 --> 0x"', facts: { line: 2 } })
  await t.rejects(made('clip.fr.srt', 'fr'), { code: 'captions_invalid', message: /are no text/ })
})
