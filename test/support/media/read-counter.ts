import { readFile } from 'node:fs/promises'
import { findBeeps } from './beeps.ts'
import { readNumber } from './number-picture.ts'
import { ffmpeg } from './tools.ts'

/** A file or playlist that ffmpeg opens by its path, or an initialisation segment and its media segments in order. */
export type Media = string | { readonly init: string; readonly segments: readonly string[] }

export interface ReadOptions {
  readonly program?: string | undefined
  /** As in `-map`; default the first of its kind. */
  readonly stream?: string
}

export interface CounterFrame {
  /** UNREADABLE where the picture shows none. */
  readonly number: number
  /** Presentation time in seconds, as the media says: nothing is subtracted. */
  readonly time: number
}

const WIDTH = 64
const HEIGHT = 36
const RATE = 48_000

/** The numbers of all frames in order of presentation; nothing is doubled, dropped or repaired on the way. Damaged media throws. */
export async function readCounter(media: Media, options?: ReadOptions): Promise<number[]> {
  return (await readFrames(media, options)).map(({ number }) => number)
}

/** The same with the time of each. */
export async function readFrames(media: Media, { program, stream = '0:v:0' }: ReadOptions = {}): Promise<CounterFrame[]> {
  const filters = `scale=${WIDTH}:${HEIGHT}:flags=area,format=gray,showinfo`
  const { stdout, stderr } = await decode(media, program, ['-map', stream, '-vf', filters, '-fps_mode', 'passthrough', '-f', 'rawvideo', '-'])
  // pts_time is rounded to six digits, which minutes into a film are milliseconds.
  const [, num = 0, den = 1] = (/Parsed_showinfo.* config in time_base: (\d+)\/(\d+)/.exec(stderr) ?? []).map(Number)
  const times = [...stderr.matchAll(/Parsed_showinfo.* pts: *(-?\d+) /g)].map(([, ticks]) => (Number(ticks) * num) / den)
  const size = WIDTH * HEIGHT
  if (times.length !== stdout.length / size) throw new Error(`${times.length} times for ${stdout.length / size} pictures`)
  return times.map((time, index) => ({ number: readNumber(stdout.subarray(index * size, (index + 1) * size), WIDTH, HEIGHT), time }))
}

/** When the beeps begin, in seconds as the media says, of all channels mixed or of one (`channel`, from 0). */
export async function readBeeps(media: Media, { program, stream = '0:a:0', channel }: ReadOptions & { readonly channel?: number } = {}): Promise<number[]> {
  const one = channel === undefined ? [] : [`pan=mono|c0=c${channel}`]
  // Silence before the first sample counts as time; samples before zero are cut.
  const filters = [...one, `aresample=${RATE}:async=1:first_pts=0`]
  const { stdout } = await decode(media, program, ['-map', stream, '-af', filters.join(','), '-ac', '1', '-f', 'f32le', '-'])
  return findBeeps(new Float32Array(new Uint8Array(stdout).buffer), RATE)
}

// The offset is too small to move anything, and keeps ffmpeg 5 from moving a transport stream that begins at exactly 0.
async function decode(media: Media, program: string | undefined, args: readonly string[]): Promise<{ stdout: Uint8Array; stderr: string }> {
  const [path, input] = typeof media === 'string' ? [media, undefined] : ['pipe:0', await joined(media.init, ...media.segments)]
  return ffmpeg(['-v', 'info', '-xerror', '-copyts', '-itsoffset', '0.000001', '-i', path, ...args], { input, program })
}

async function joined(...files: string[]): Promise<Buffer> {
  return Buffer.concat(await Promise.all(files.map((file) => readFile(file))))
}
