import { fenceWords } from '../encode/fence/fence.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import type { ProfileLimits } from '../plan/profile.ts'
import { containerFacts } from './container-facts.ts'
import { checkDamage } from './damage.ts'
import type { AudioFacts, Facts, VideoFacts } from './facts.ts'
import { readHeaders, type Headers, type RawStream } from './headers.ts'
import { checkDuration, checkFrames, checkPixels } from './limits.ts'
import { lookAtBytes } from './look/look.ts'
import { readPackets, type PacketPass } from './packets.ts'
import { probeTime, type ProbeTime, type ProbeTools } from './ffprobe.ts'
import { sampleFrames } from './sample.ts'
import { audioFacts, heardFrom, subtitleFacts, videoFacts } from './stream-facts.ts'
import { decodable, describeOther, isCover } from './stream-kinds.ts'
import { Track } from './track.ts'
import { checkWhole } from './whole.ts'

export interface ProbeRequest {
  /** Absolute path of the source. */
  readonly path: string
  readonly tools: ProbeTools
  readonly deadlineMs: number
  readonly limits: ProfileLimits
  readonly signal: AbortSignal
}

/**
 * What a source is. From the cheapest look to the dearest, so that what is refused costs little: its bytes, its headers, one
 * pass over its packets, a few decoded pictures. Throws the JobError that says why it cannot be encoded.
 */
export async function probeSource({ path, tools, deadlineMs, limits, signal }: ProbeRequest): Promise<Facts> {
  const time = probeTime(deadlineMs, signal, (tools.fence ?? null) === null ? [] : fenceWords({ read: [path] }))
  const size = await lookAtBytes(path, limits)
  const headers = await readHeaders(path, tools, time)
  const container = containerFacts(headers.format, size)
  checkHeaders(headers, limits)
  if (container.duration_s !== null) checkDuration(container.duration_s, limits)
  const pass = await readPackets(path, headers, tools, limits, time)
  const late_s = lateStream(headers, pass)
  const { video, audio, subtitles, others } = await streams(path, headers, pass, limits, tools, time)
  if (video === null && audio.length === 0) throw nothingToDecode(headers)
  const duration_s = lengthOf(video, audio)
  if (duration_s <= 0) throw new JobError(jobErrors.zeroDuration, 'it has no picture and no sound that lasts', 'Check what wrote it; an interrupted recording can look like this.')
  const facts: Facts = { container, video, audio, subtitles, others, late_s, duration_s }
  checkWhole(facts, pass)
  checkDuration(duration_s, limits)
  if (video !== null) await checkDamage(path, video, limits, tools, time)
  return facts
}

/** Limits that the headers alone show to be broken, before anything is read or decoded. */
function checkHeaders({ streams, complaints }: Headers, limits: ProfileLimits): void {
  // Sizes that ffmpeg itself finds absurd are in its complaints alone.
  for (const [, width, height] of complaints.matchAll(/Picture size (\d+)x(\d+) (?:is invalid|exceeds)/g)) checkPixels(Number(width), Number(height), limits)
  for (const { codec_type, width = 0, height = 0, nb_frames } of streams) {
    if (codec_type !== 'video') continue
    checkPixels(width, height, limits)
    checkFrames(Number(nb_frames ?? 0), limits)
  }
}

async function streams(path: string, headers: Headers, { tracks }: PacketPass, limits: ProfileLimits, tools: ProbeTools, time: ProbeTime): Promise<Omit<Facts, 'container' | 'late_s' | 'duration_s'>> {
  const trackOf = (stream: RawStream): Track => tracks.get(stream.index) ?? new Track({ num: 1, den: 1000 }, { cuttable: false, video: false })
  const heard = headers.streams.filter((stream) => stream.codec_type === 'audio' && decodable(stream) && trackOf(stream).packets > 0 && (stream.channels ?? 0) > 0)
  const covers = new Set(headers.streams.filter((stream) => stream.codec_type === 'video' && isCover(stream, trackOf(stream).packets, heard.length > 0)))
  const pictures = headers.streams.filter((stream) => stream.codec_type === 'video' && decodable(stream) && !covers.has(stream) && trackOf(stream).packets > 0)
  const chosen = pictures.find(({ disposition = {} }) => disposition['default'] === 1) ?? pictures[0]
  const video = chosen === undefined ? null : await examine(path, chosen, trackOf(chosen), limits, tools, time)
  const along = programOf(chosen ?? heard[0], headers)
  const sound = heard.filter(along)
  const begins = sound.map((stream) => seconds(heardFrom(stream, trackOf(stream)), trackOf(stream)))
  const origin_s = video === null ? Math.min(...begins) : (video.zero_pts * video.time_base.num) / video.time_base.den
  const texts = headers.streams.filter((stream) => stream.codec_type === 'subtitle' && along(stream))
  const used = new Set([chosen, ...sound, ...texts])
  return {
    video,
    audio: sound.map((stream) => audioFacts(stream, trackOf(stream), origin_s)),
    subtitles: texts.map(subtitleFacts),
    others: headers.streams
      .filter((stream) => !used.has(stream))
      .map((stream) => ({ index: stream.index, type: stream.codec_type ?? 'unknown', codec: stream.codec_name ?? null, what: describeOther(stream, covers.has(stream), !along(stream)) })),
  }
}

async function examine(path: string, stream: RawStream, track: Track, limits: ProfileLimits, tools: ProbeTools, time: ProbeTime): Promise<VideoFacts> {
  const places = new Set([0.25, 0.5, 0.75, 1].map((share) => Math.min(track.keys.length - 1, Math.floor(share * track.keys.length))))
  const later = [...places].flatMap((index) => (index < 1 ? [] : [seconds(track.keys[index] ?? 0, track)]))
  const sample = await sampleFrames({ path, stream: stream.index, lead: track.lead, places: later }, tools, time)
  if (sample.frames.length === 0) {
    // Beyond what ffmpeg itself takes, it tells a size of 0 and says this.
    const [, width, height] = /Picture size (\d+)x(\d+) is invalid/.exec(sample.complaints) ?? []
    checkPixels(Number(width ?? 0), Number(height ?? 0), limits)
    throw new JobError(jobErrors.damaged, `none of its first pictures (${stream.codec_name}) can be decoded`, 'Check whether it plays elsewhere, and export it again.', { at_s: 0, stderr: sample.complaints })
  }
  return videoFacts(stream, track, sample)
}

function seconds(ticks: number, track: Track | undefined): number {
  return track === undefined ? 0 : (ticks * track.timeBase.num) / track.timeBase.den
}

/** Tells which streams belong to the same programme as this one: all, where there is but one. */
function programOf(stream: RawStream | undefined, { programs }: Headers): (other: RawStream) => boolean {
  const indexes = programs.map(({ streams = [] }) => new Set(streams.map(({ index }) => index)))
  const own = stream === undefined || indexes.length < 2 ? undefined : indexes.find((program) => program.has(stream.index))
  return ({ index }) => own === undefined || own.has(index) || !indexes.some((program) => program.has(index))
}

/** Streams whose headers tell a codec and nothing that could be decoded begin too late to be looked into. */
function lateStream({ streams }: Headers, { tracks, unlisted_s }: PacketPass): number | null {
  const known = streams.map((stream) => ({ stream, track: tracks.get(stream.index) }))
  const begin = Math.min(...known.flatMap(({ track }) => (track?.first === undefined ? [] : [seconds(track.first, track)])))
  const late = known.flatMap(({ stream: { codec_type, channels = 0, width = 0 }, track }) => {
    const empty = (codec_type === 'audio' && channels === 0) || (codec_type === 'video' && width === 0)
    return empty && track?.first !== undefined ? [seconds(track.first, track) - begin] : []
  })
  const all = unlisted_s === null ? late : [...late, unlisted_s]
  return all.length === 0 ? null : Math.max(...all)
}

/** To the end of what ends last; sound before the first picture is not heard. */
function lengthOf(video: VideoFacts | null, audio: readonly AudioFacts[]): number {
  return Math.max(video?.duration_s ?? 0, ...audio.map(({ start_s, duration_s }) => start_s + duration_s))
}

function nothingToDecode({ streams }: Headers): JobError {
  const codecs = streams.map(({ codec_type, codec_name, codec_tag_string }) => `${codec_type ?? 'unknown'} ${codec_name ?? codec_tag_string ?? ''}`.trim())
  if (streams.some((stream) => ['video', 'audio'].includes(stream.codec_type ?? '') && decodable(stream))) {
    const what = `it tells of ${codecs.slice(0, 5).join(', ')}, but holds not one picture or sound of it`
    return new JobError(jobErrors.zeroDuration, what, 'Check what wrote it: this is what an interrupted recording, or the first piece of a stream, looks like.')
  }
  const what = codecs.length === 0 ? 'it holds no stream at all' : `it holds only ${codecs.slice(0, 5).join(', ')}`
  return new JobError(jobErrors.noStreams, `there is no video or audio in it that can be decoded: ${what}`, 'Export it in a usual codec, for example H.264 and AAC.')
}
