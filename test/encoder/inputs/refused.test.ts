import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { JobError } from '../../../encoder/job-errors.ts'
import { builtInProfiles } from '../../../encoder/plan/built-in-profiles.ts'
import { encodeSource, type ChainOptions } from '../../support/chain.ts'
import { billionFrames, hugePicture, yearApart } from '../../support/media/bombs.ts'
import { makeCounter, type CounterClip } from '../../support/media/counter.ts'
import { content } from '../../support/media/mp4-patch.ts'
import { ffmpeg } from '../../support/media/tools.ts'

t.setTimeout(900_000)

/** The source is refused with this code, in a sentence, and with advice; answers the error. */
async function refused(t: Test, source: string, code: string, options: ChainOptions = {}): Promise<JobError> {
  const error = await encodeSource(source, `${source}.work`, options).then(
    () => new Error('it was accepted'),
    (error: unknown) => error,
  )
  if (!(error instanceof JobError)) {
    t.fail(`${source} is refused`, { error })
    throw error
  }
  t.equal(error.code, code, `${code}: ${error.message}`)
  t.equal(error.fault, 'source')
  t.match(error.message, /\w+ \w+ \w+/, 'a sentence')
  t.match(error.advice, /\w+ \w+/, 'and what to do')
  return error
}

async function file(t: Test, name: string, bytes: string | Uint8Array): Promise<string> {
  const path = join(t.testdir(), name)
  await writeFile(path, bytes)
  return path
}

async function clip(t: Test, options: CounterClip): Promise<Buffer> {
  const path = join(t.testdir(), options.file)
  await makeCounter({ size: '160x90', ...options, file: path })
  return readFile(path)
}

t.test('what is no media is refused, each kind with its own reason', async (t) => {
  for (const [name, bytes, code] of [
    ['empty.mp4', '', 'empty_file'],
    ['noise.mp4', randomBytes(100_000), 'not_media'],
    ['archive.mkv', Buffer.concat([Buffer.from('504b0304140000000800', 'hex'), randomBytes(5000)]), 'not_media'],
    ['document.mov', Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(5000)]), 'not_media'],
    ['zeros.ts', Buffer.alloc(200_000), 'not_media'],
    ['letter.mp4', 'Dear Sir or Madam,\n\nenclosed please find the film.\n'.repeat(20), 'text_file'],
    ['page.mkv', '<!DOCTYPE html>\n<html><body>404</body></html>\n', 'text_file'],
    ['captions.mp4', '1\n00:00:01,000 --> 00:00:02,000\nHello\n\n', 'text_file'],
  ] as const) {
    await t.test(name, async (t) => refused(t, await file(t, name, bytes), code))
  }
})

t.test('nothing that a playlist or a script names is ever opened', async (t) => {
  let asked = 0
  const server = createServer((_, response) => {
    asked += 1
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/clip.ts`
  for (const [name, text] of [
    ['list.m3u8', `#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n${url}\n#EXT-X-ENDLIST\n`],
    ['list.mp4', `#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n${url}\n#EXT-X-ENDLIST\n`],
    ['manifest.mpd', `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><BaseURL>${url}</BaseURL></Period></MPD>`],
    ['concat.mkv', `ffconcat version 1.0\nfile '${url}'\n`],
    ['session.ts', `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n`],
    ['list.pls', `[playlist]\nFile1=${url}\nNumberOfEntries=1\n`],
  ] as const) {
    await t.test(name, async (t) => refused(t, await file(t, name, text), 'playlist'))
  }
  await t.test('a reference movie', async (t) => {
    // A MOV whose data lies elsewhere: the alias is swapped for a URL.
    const bytes = await clip(t, { file: 'clip.mov', audio: [] })
    const entry = content(bytes, ['moov', 'trak', 'mdia', 'minf', 'dinf', 'dref']).start + 8
    bytes.writeUInt32BE(0, entry + 8) // no longer «in this file»
    await refusedOrOwn(t, await file(t, 'reference.mov', bytes))
  })
  t.equal(asked, 0, 'no request was made')
})

/** Either refused, or taken for what the file itself holds: never a crash. */
async function refusedOrOwn(t: Test, source: string): Promise<void> {
  const result = await encodeSource(source, `${source}.work`).catch((error: unknown) => error)
  t.ok(!(result instanceof Error) || (result instanceof JobError && result.fault === 'source'), 'a verdict', { result })
}

t.test('still images are refused, also under the name of a film', async (t) => {
  for (const name of ['still.png', 'still.jpg', 'still.webp', 'still.bmp', 'still.gif', 'still.tiff']) {
    await t.test(name, async (t) => {
      const path = join(t.testdir(), name)
      await ffmpeg(['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=s=320x180', '-frames:v', '1', path])
      await refused(t, path, 'image')
      await refused(t, await file(t, 'still.mp4', await readFile(path)), 'image')
    })
  }
})

t.test('encrypted media is refused', async (t) => {
  const key = '00112233445566778899aabbccddeeff'
  await refused(t, await file(t, 'encrypted.mp4', await clip(t, { file: 'clip.mp4', args: ['-encryption_scheme', 'cenc-aes-ctr', '-encryption_key', key, '-encryption_kid', key] })), 'encrypted')
})

t.test('a file that was cut off is refused as that, never published', async (t) => {
  for (const [name, options, code] of [
    ['mp4 with its index in front', { file: 'clip.mp4', args: ['-movflags', '+faststart'] }, 'truncated'],
    ['mkv', { file: 'clip.mkv' }, 'truncated'],
    ['webm', { file: 'clip.webm', codec: 'libvpx-vp9', audio: [{ codec: 'libopus' }] }, 'truncated'],
    ['avi', { file: 'clip.avi', codec: 'mpeg4', audio: [{ codec: 'pcm_s16le' }] }, 'truncated'],
    ['mxf', { file: 'clip.mxf', codec: 'mpeg2video', audio: [{ codec: 'pcm_s16le', channels: 1 }] }, 'truncated'],
    ['wav', { file: 'clip.wav', no_video: true, audio: [{ codec: 'pcm_s16le' }] }, 'truncated'],
    ['mp4 with its index at the end', { file: 'clip.mp4' }, 'no_index'],
    ['mov with its index at the end', { file: 'clip.mov' }, 'no_index'],
  ] as const) {
    await t.test(name, async (t) => {
      // Long enough that 60 % is whole seconds short.
      const bytes = await clip(t, { frames: 250, ...options })
      await refused(t, await file(t, options.file, bytes.subarray(0, Math.floor(bytes.length * 0.6))), code)
    })
  }
})

t.test('more damage than the profile allows is refused, and less is not', async (t) => {
  const bytes = await clip(t, { file: 'clip.mp4', frames: 250, gop: 25, audio: [] })
  const { start, end } = content(bytes, ['mdat'])
  const spoiled = Buffer.from(bytes)
  for (let at = start + 2000; at < end; at += 300) spoiled.fill(0xa5, at, Math.min(at + 150, end))
  await t.test('half of it', async (t) => refused(t, await file(t, 'clip.mp4', spoiled), 'damaged'))
  await t.test('a single place', async (t) => {
    const scratched = Buffer.from(bytes)
    scratched.fill(0xa5, Math.floor((start + end) / 2), Math.floor((start + end) / 2) + 40)
    const { video } = await encodeSource(await file(t, 'clip.mp4', scratched), join(t.testdirName, 'work'))
    t.equal(video.length, 2)
  })
})

t.test('tiny files that would fill the memory or the disk are refused before anything is decoded', async (t) => {
  const directory = t.testdir()
  const began = performance.now()
  for (const [name, path] of [
    ['pictures of 32768 × 32768', await hugePicture(join(directory, 'huge.mkv'), 0x8000, { secretly: false })],
    ['pictures of 16000 × 16000, which ffmpeg would decode', await hugePicture(join(directory, 'large.mkv'), 16_000, { secretly: false })],
    ['10⁹ frames in the index', await billionFrames(join(directory, 'billion.mov'))],
    ['a year between two frames', await yearApart(directory)],
  ] as const) {
    await t.test(name, async (t) => {
      t.ok((await stat(path)).size < 10_000, 'a tiny file')
      await refused(t, path, 'too_large')
    })
  }
  await t.test('pictures whose container tells a smaller size', async (t) => {
    const path = await hugePicture(join(directory, 'secret.mkv'), 16_000, { secretly: true })
    const error = await encodeSource(path, `${path}.work`).catch((error: unknown) => error)
    t.ok(error instanceof JobError && error.fault === 'source', 'refused', { error })
  })
  t.comment(`${Math.round(performance.now() - began)} ms in all`)
})

t.test('limits of the profile are kept: duration', async (t) => {
  const profile = { ...builtInProfiles.preview, limits: { ...builtInProfiles.preview.limits, max_duration_s: 2 } }
  await refused(t, await file(t, 'long.mp4', await clip(t, { file: 'clip.mp4', frames: 100 })), 'too_large', { profile })
})

t.test('media without duration, and media without a stream that can be decoded', async (t) => {
  await t.test('an initialisation segment alone', async (t) => {
    const bytes = await clip(t, { file: 'clip.mp4', args: ['-movflags', '+frag_keyframe+empty_moov+default_base_moof'] })
    await refused(t, await file(t, 'init.mp4', bytes.subarray(0, content(bytes, ['moov']).end)), 'zero_duration')
  })
  await t.test('subtitles alone', async (t) => {
    const directory = t.testdir({ 'captions.srt': '1\n00:00:01,000 --> 00:00:02,000\nHello\n\n' })
    const path = join(directory, 'captions.mkv')
    await ffmpeg(['-v', 'error', '-i', join(directory, 'captions.srt'), path])
    await refused(t, path, 'no_streams')
  })
  await t.test('a codec that nobody knows', async (t) => {
    const bytes = await clip(t, { file: 'clip.mp4', audio: [] })
    const entry = content(bytes, ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd']).start + 12
    bytes.write('zzzz', entry, 'latin1')
    await refused(t, await file(t, 'unknown.mp4', bytes), 'no_streams')
  })
})

t.test('a source of which the profile can make nothing is refused', async (t) => {
  await refused(t, await file(t, 'silent.mp4', await clip(t, { file: 'clip.mp4', audio: [] })), 'profile_unfit', { profile: builtInProfiles.audio })
})
