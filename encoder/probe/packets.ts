import type { ProfileLimits } from '../plan/profile.ts'
import { parseRational, rational } from '../rational.ts'
import type { Headers } from './headers.ts'
import { inputOptions } from './input-options.ts'
import { checkFrames } from './limits.ts'
import { lastLines, runFfprobe, type ProbeTime, type ProbeTools } from './ffprobe.ts'
import { Track, type Packet } from './track.ts'

export interface PacketPass {
  /** By stream index; streams without a packet have an empty track. */
  readonly tracks: ReadonlyMap<number, Track>
  /** Second of the file at which a stream begins that its headers did not list, as in program streams. */
  readonly unlisted_s: number | null
  /** What the demuxer complained about, its end. */
  readonly complaints: string
}

/** Formats in which recordings are cut together without mending their clock. */
const CUTTABLE = /mpegts|mpeg|flv/
/** A line is some ten numbers; more means that something else is written than was asked for. */
const LINE_MOST = 4096

/** One pass over all packets, without decoding: reads the file once, as fast as the disk gives it. */
export async function readPackets(path: string, headers: Headers, tools: ProbeTools, limits: ProfileLimits, time: ProbeTime): Promise<PacketPass> {
  const cuttable = CUTTABLE.test(headers.format.format_name ?? '')
  const tracks = new Map(headers.streams.map((stream) => [stream.index, new Track(parseRational(stream.time_base) ?? rational(1, 1000), { cuttable, video: stream.codec_type === 'video' })]))
  let unlisted_s: number | null = null
  const lines = lineReader((line) => {
    const read = readLine(line)
    const track = read === undefined ? undefined : tracks.get(read.stream)
    if (read !== undefined && track === undefined) unlisted_s ??= Math.max(0, ...[...tracks.values()].map(({ soFar_s }) => soFar_s))
    if (read === undefined || track === undefined) return
    track.add(read.packet)
    checkFrames(track.packets, limits)
  })
  const { stderr } = await runFfprobe(tools, [...inputOptions(path), '-show_entries', 'packet=stream_index,pts,dts,duration,flags', '-of', 'csv'], time, lines)
  const timed = headers.streams.flatMap(({ index, codec_type }) => (codec_type === 'video' || codec_type === 'audio' ? (tracks.get(index) ?? []) : []))
  for (const track of timed) track.fillPauses(timed)
  return { tracks, unlisted_s, complaints: lastLines(stderr) }
}

/** `packet,0,1024,512,512,K_`; where a time is unknown, `N/A`. */
function readLine(line: string): { readonly stream: number; readonly packet: Packet } | undefined {
  if (!line.startsWith('packet,')) return undefined
  const [, stream, pts, dts, duration, flags = ''] = line.split(',')
  return { stream: Number(stream), packet: { pts: ticks(pts), dts: ticks(dts), duration: ticks(duration), key: flags.includes('K'), discard: flags.includes('D') } }
}

function ticks(text: string | undefined): number | undefined {
  const value = Number(text)
  return text === undefined || text === '' || Number.isNaN(value) ? undefined : value
}

/** Cuts a stream of text into lines. */
function lineReader(onLine: (line: string) => void): (text: string) => void {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = (lines.pop() ?? '').slice(0, LINE_MOST)
    for (const line of lines) onLine(line)
  }
}
