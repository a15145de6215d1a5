import { JobError, jobErrors } from '../job-errors.ts'
import { inputOptions } from './input-options.ts'
import { lastLines, runFfprobe, type ProbeTime, type ProbeTools } from './ffprobe.ts'

/** ffprobe's words for a stream, as far as they are used. Everything may be missing. */
export interface RawStream {
  readonly index: number
  readonly codec_type?: string
  readonly codec_name?: string
  readonly codec_tag_string?: string
  readonly profile?: string
  readonly width?: number
  readonly height?: number
  readonly pix_fmt?: string
  readonly bits_per_raw_sample?: string
  readonly sample_aspect_ratio?: string
  readonly field_order?: string
  readonly color_range?: string
  readonly color_space?: string
  readonly color_transfer?: string
  readonly color_primaries?: string
  readonly closed_captions?: number
  readonly r_frame_rate?: string
  readonly avg_frame_rate?: string
  readonly time_base?: string
  /** First time of presentation, where the demuxer knows it: without the delay of the encoder that it tells decoders to drop. */
  readonly start_pts?: number
  readonly nb_frames?: string
  readonly duration?: string
  readonly channels?: number
  readonly channel_layout?: string
  readonly sample_rate?: string
  readonly disposition?: Readonly<Record<string, number>>
  readonly tags?: Readonly<Record<string, string>>
  readonly side_data_list?: readonly RawSideData[]
}

export interface RawSideData {
  readonly side_data_type?: string
  readonly [field: string]: string | number | undefined
}

export interface RawFormat {
  readonly format_name?: string
  readonly start_time?: string
  readonly duration?: string
  readonly tags?: Readonly<Record<string, string>>
}

/** One of the programmes that a transport stream carries side by side. */
export interface RawProgram {
  readonly streams?: readonly { readonly index: number }[]
}

export interface Headers {
  readonly streams: readonly RawStream[]
  readonly programs: readonly RawProgram[]
  readonly format: RawFormat
  /** What ffprobe complained about, its end. */
  readonly complaints: string
}

/** What the container and the first packets say. Throws `not_media` where ffmpeg recognises none of the accepted containers. */
export async function readHeaders(path: string, tools: ProbeTools, time: ProbeTime): Promise<Headers> {
  const { exitCode, stdout, stderr } = await runFfprobe(tools, [...inputOptions(path), '-show_format', '-show_streams', '-show_programs', '-of', 'json'], time)
  if (exitCode !== 0) throw unreadable(stderr)
  const { streams = [], programs = [], format = {} } = JSON.parse(stdout) as Partial<Headers>
  return { streams, programs, format, complaints: stderr }
}

function unreadable(stderr: string): JobError {
  const facts = { stderr: lastLines(stderr) }
  const refused = /Format not on whitelist '[^']*'/.test(stderr) ? /^\[(?<format>[^\]@]+?)(?: @ [^\]]*)?\]\s+Format not on whitelist/m.exec(stderr)?.groups?.['format'] : undefined
  if (refused !== undefined) {
    return new JobError(jobErrors.notMedia, `it is in a format that is not accepted (ffmpeg calls it ${JSON.stringify(refused)})`, 'Wrap it in MP4, MOV, MKV, MPEG-TS or MXF and drop it again.', facts)
  }
  return new JobError(jobErrors.notMedia, 'no media container is recognised in it', 'Check that the file arrived whole and plays in another program.', facts)
}
