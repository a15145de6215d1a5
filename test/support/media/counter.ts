import { rm, writeFile } from 'node:fs/promises'
import { drawBeeps } from './beeps.ts'
import { codingArgs, type Coding } from './codecs.ts'
import { COLUMNS, drawNumber, ROWS } from './number-picture.ts'
import { ffmpeg } from './tools.ts'

/** A clip whose every frame shows its number, from 0, and whose sound beeps at known frames. What is left out has a small quick default. */
export interface CounterClip extends Partial<Coding> {
  /** Its ending decides the container: mp4, mov, mkv, webm, ts, m2ts, mxf, avi, flv, mpg. */
  readonly file: string
  /** Pictures; of interlaced clips these are fields, two to a frame. Default 50. */
  readonly frames?: number
  /** Frames (of interlaced clips too) per second, as ffmpeg reads it: `30000/1001`. Default 25. */
  readonly rate?: string
  /** Default 320x180. */
  readonly size?: string
  readonly pixel_format?: string
  /** Variable frame rate: when each frame is shown, in seconds, instead of `rate`. Ascending. */
  readonly times?: readonly number[]
  /** Added to all timestamps, seconds; may be negative. */
  readonly offset_s?: number
  /** Which number a picture shows; its index by default. A constant makes a still. */
  readonly number?: (index: number) => number
  /** Filters after the picture has its size, for what only a filter can make: `transpose=2`, `setsar=64/45`. */
  readonly filters?: readonly string[]
  readonly audio?: readonly CounterAudio[]
  /** Further output options, before the file. */
  readonly args?: readonly string[]
  /** Further input files, added after video and audio with their own options (`-i`, captions.srt), and mapped in `args`. */
  readonly inputs?: readonly string[]
  /** No picture: the sound alone. */
  readonly no_video?: boolean
  readonly program?: string | undefined
}

export interface CounterAudio {
  /** Default aac. */
  readonly codec?: string
  readonly rate?: number
  readonly channels?: number
  /** ffmpeg's name of the layout. */
  readonly layout?: string
  /** The only channel that beeps. */
  readonly only?: number
  readonly amplitude?: number
  /** When it begins, seconds after the first frame; the beeps stay where they are. */
  readonly start_s?: number
  /** When it ends; default with the video. */
  readonly end_s?: number
  /** Default: 5 and each 10th after it. */
  readonly beep_frames?: readonly number[]
  readonly language?: string
  readonly title?: string
  readonly disposition?: string
  /** Further options of its encoder, with their stream specifier. */
  readonly args?: readonly string[]
}

/** What was made. Seconds count from the first frame, whatever the offset. */
export interface Counter {
  readonly file: string
  readonly frames: number
  readonly rate: string
  readonly duration_s: number
  /** When each frame is first shown. */
  readonly times: readonly number[]
  /** When the beeps of each audio track begin. */
  readonly beeps: readonly (readonly number[])[]
}

export async function makeCounter(clip: CounterClip): Promise<Counter> {
  const { file, frames: pictures = 50, rate = '25', interlaced, audio = [{}], number = (index) => index, inputs = [], args = [], offset_s: offset = 0 } = clip
  const frames = interlaced === undefined ? pictures : pictures / 2
  const [num = 25, den = 1] = rate.split('/').map(Number)
  const times = clip.times ?? Array.from({ length: frames }, (_, index) => (index * den) / num)
  const duration = (times.at(-1) ?? 0) + den / num
  const tracks = audio.map((track, index) => soundOf(track, `${file}.${index}.f32`, times, duration))
  const video = clip.no_video === true ? [] : ['-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${COLUMNS}x${ROWS}`, '-r', interlaced === undefined ? rate : `${num * 2}/${den}`, '-i', '-']
  const sounds = tracks.map((_, index) => index + (clip.no_video === true ? 0 : 1))
  try {
    for (const track of tracks) await writeFile(track.raw, track.samples)
    await ffmpeg(
      [
        '-v', 'error', '-y', ...video,
        ...tracks.flatMap((track) => track.input),
        ...inputs,
        ...(clip.no_video === true ? [] : ['-map', '0:v', ...videoArgs(clip)]),
        ...sounds.flatMap((input) => ['-map', `${input}:a`]),
        ...audio.flatMap(soundArgs),
        ...(offset === 0 ? [] : ['-output_ts_offset', String(offset), '-avoid_negative_ts', 'disabled']),
        ...(/\.(ts|m2ts)$/.test(file) ? ['-muxdelay', '0', '-muxpreload', '0'] : []),
        '-map_metadata', '-1', '-bitexact', ...args, file,
      ],
      { input: Buffer.concat(Array.from({ length: clip.no_video === true ? 0 : pictures }, (_, index) => drawNumber(number(index)))), program: clip.program },
    )
  } finally {
    for (const { raw } of tracks) await rm(raw, { force: true })
  }
  return { file, frames, rate, duration_s: duration, times, beeps: tracks.map(({ beeps }) => beeps) }
}

function videoArgs(clip: CounterClip): string[] {
  const { codec = 'libx264', size = '320x180', pixel_format: pixelFormat = 'yuv420p', interlaced, times, filters = [] } = clip
  const chain = [`scale=${size.replace('x', ':')}:flags=neighbor`, ...filters, `format=${pixelFormat}`]
  // Each field its own moment and number, as a camera takes them.
  if (interlaced !== undefined) chain.push(`tinterlace=mode=interleave_${interlaced}`, `setfield=${interlaced === 'top' ? 'tff' : 'bff'}`)
  // Ticks of 1/90000: encoders count in frames otherwise, and the times would be rounded to those.
  if (times !== undefined) chain.push('settb=1/90000', `setpts=${times.map((time, index) => `eq(N\\,${index})*${Math.round(time * 90000)}`).join('+')}`)
  return [
    '-filter:v:0', chain.join(','), '-fps_mode', 'passthrough', ...(times === undefined ? [] : ['-enc_time_base', '1/90000']),
    ...codingArgs({ ...clip, codec }),
  ]
}

interface Sound {
  readonly raw: string
  readonly samples: Uint8Array
  readonly input: readonly string[]
  readonly beeps: readonly number[]
}

function soundOf(track: CounterAudio, raw: string, times: readonly number[], duration: number): Sound {
  const { rate = 48_000, channels = 2, start_s: start = 0, end_s: end = duration, amplitude } = track
  const frames = track.beep_frames ?? times.map((_, frame) => frame).filter((frame) => frame % 10 === 5)
  const beeps = amplitude === 0 ? [] : frames.map((frame) => times[frame] ?? 0).filter((time) => time >= start && time < end)
  const samples = drawBeeps({
    rate,
    channels,
    seconds: end - start,
    beeps: beeps.map((beep) => beep - start),
    only: track.only,
    amplitude,
  })
  return { raw, samples, beeps, input: ['-itsoffset', String(start), '-f', 'f32le', '-ar', String(rate), '-ac', String(channels), '-i', raw] }
}

function soundArgs(track: CounterAudio, index: number): string[] {
  const { codec = 'aac', layout, language, title, disposition, args = [] } = track
  return [
    `-c:a:${index}`, codec,
    ...(layout === undefined ? [] : [`-filter:a:${index}`, `aformat=channel_layouts=${layout}`]),
    ...(language === undefined ? [] : [`-metadata:s:a:${index}`, `language=${language}`]),
    ...(title === undefined ? [] : [`-metadata:s:a:${index}`, `title=${title}`]),
    ...(disposition === undefined ? [] : [`-disposition:a:${index}`, disposition]),
    ...args,
  ]
}
