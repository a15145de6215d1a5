import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import t from 'tap'
import { addClosedCaptions } from './closed-captions.ts'
import { makeCounter } from './counter.ts'
import { markDolbyVision, orient, type Orientation } from './mp4-patch.ts'
import { supSubtitles } from './picture-subtitles.ts'
import { readColours, tint } from './read-colour.ts'
import { readCounter } from './read-counter.ts'
import { ffmpeg, FFPROBE } from './tools.ts'

const NUMBERS = Array.from({ length: 10 }, (_, index) => index)

async function probe(file: string, ...args: string[]): Promise<string> {
  return (await execa(FFPROBE, ['-v', 'error', ...args, '-of', 'json', file])).stdout
}

t.test('a clip that is stored turned is shown upright once its matrix says so', async (t) => {
  const stored: Readonly<Record<Orientation, string>> = { 90: 'transpose=2', 180: 'hflip,vflip', 270: 'transpose=1', mirrored: 'hflip' }
  for (const orientation of [90, 180, 270, 'mirrored'] as const) {
    const { file } = await makeCounter({ file: join(t.testdir(), 'clip.mp4'), frames: 10, size: '160x90', filters: [stored[orientation]], audio: [] })
    t.not((await readCounter(file)).join(), NUMBERS.join())
    await orient(file, orientation)
    t.strictSame(await readCounter(file), NUMBERS, String(orientation))
  }
})

t.test('ffprobe finds Dolby Vision where it was marked, and the pictures are as before', async (t) => {
  const { file } = await makeCounter({ file: join(t.testdir(), 'clip.mp4'), frames: 10, codec: 'libx265', pixel_format: 'yuv420p10le', audio: [], args: ['-tag:v', 'hvc1'] })
  await markDolbyVision(file, 4)
  t.match(await probe(file, '-show_streams'), /"dv_profile": 8,[^]*"dv_bl_signal_compatibility_id": 4/)
  t.strictSame(await readCounter(file), NUMBERS)
})

t.test('ffprobe finds captions in every picture, and the pictures are as before', async (t) => {
  const directory = t.testdir()
  const { file } = await makeCounter({ file: join(directory, 'clip.mp4'), frames: 10, audio: [] })
  const { stdout } = await ffmpeg(['-v', 'error', '-i', file, '-c', 'copy', '-bsf:v', 'h264_mp4toannexb,h264_metadata=aud=insert', '-f', 'h264', '-'])
  const captioned = join(directory, 'captions.h264')
  await writeFile(captioned, addClosedCaptions(stdout))
  t.equal([...(await probe(captioned, '-show_frames')).matchAll(/ATSC A53 Part 4 Closed Captions/g)].length, 10)
  t.strictSame(await readCounter(captioned), NUMBERS)
})

t.test('ffprobe finds picture subtitles', async (t) => {
  const directory = t.testdir()
  const file = join(directory, 'pictures.sup')
  await writeFile(file, supSubtitles())
  t.match(await probe(file, '-show_streams', '-count_packets'), /"codec_name": "hdmv_pgs_subtitle"[^]*"nb_read_packets": "[1-9]/)
})

t.test('a tinted clip shows its colour and its numbers', async (t) => {
  const { file } = await makeCounter({ file: join(t.testdir(), 'clip.mkv'), frames: 10, codec: 'ffv1', filters: [tint([230, 120, 40]), 'scale=out_color_matrix=bt709'], pixel_format: 'yuv444p', args: ['-colorspace', 'bt709'], audio: [] })
  t.strictSame(await readCounter(file), NUMBERS)
  const { white, black } = await readColours(file)
  for (const [index, value] of [230, 120, 40].entries()) t.ok(Math.abs((white[index] ?? -1) - value) <= 3, white.join(' '))
  t.ok(black.every((value) => value <= 3), black.join(' '))
})
