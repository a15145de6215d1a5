import { parseRational, rational, toNumber } from '../rational.ts'
import { colourFacts } from './colour-facts.ts'
import { displaySize, orientationOf, sampleAspect } from './display.ts'
import type { AudioFacts, SubtitleFacts, VideoFacts } from './facts.ts'
import type { RawStream } from './headers.ts'
import { bitDepth, hasAlpha } from './pixels.ts'
import { rateFacts } from './rate-facts.ts'
import { fieldOrder, sideDataOf, type Sample } from './sample.ts'
import { subtitleKind } from './stream-kinds.ts'
import type { Track } from './track.ts'

export function videoFacts(stream: RawStream, track: Track, sample: Sample): VideoFacts {
  const { pix_fmt = 'unknown', tags = {}, codec_name = 'unknown' } = stream
  const [first] = sample.head
  // What is decoded counts, and not what a container says.
  const { width = stream.width ?? 0, height = stream.height ?? 0 } = first ?? {}
  const sideData = [...(stream.side_data_list ?? []), ...sideDataOf(sample.frames)]
  const orientation = orientationOf(stream)
  const aspect = sampleAspect(stream)
  const dovi = sideData.find(({ side_data_type }) => side_data_type === 'DOVI configuration record')
  const start = startOf(track, sample)
  const { duration_s } = track.finish()
  const zero = track.presented ? start : (track.first ?? start)
  const shown = Math.max(0, duration_s - ((zero - (track.first ?? zero)) * track.timeBase.num) / track.timeBase.den)
  return {
    index: stream.index,
    codec: codec_name,
    profile: stream.profile === undefined || stream.profile === 'unknown' ? null : stream.profile,
    pixel_format: pix_fmt,
    bit_depth: bitDepth(pix_fmt, stream.bits_per_raw_sample),
    alpha: hasAlpha(pix_fmt, tags),
    width,
    height,
    size_changes: sample.frames.some((frame) => frame.width !== width || frame.height !== height),
    sample_aspect: aspect,
    ...orientation,
    ...displaySize(width, height, aspect, orientation),
    frame_rate: rateFacts(stream, track, shown),
    field_order: fieldOrder(sample.frames, stream.field_order),
    colour: colourFacts(stream, sideData),
    dolby_vision: dovi === undefined ? null : { profile: Number(dovi['dv_profile'] ?? 0), compatibility: Number(dovi['dv_bl_signal_compatibility_id'] ?? 0) },
    repeated_fields: sample.frames.filter(({ repeat_pict = 0 }) => repeat_pict > 0).length > sample.frames.length / 4,
    closed_captions: stream.closed_captions === 1 || sideData.some(({ side_data_type = '' }) => side_data_type.includes('Closed Captions')),
    time_base: track.timeBase,
    start_pts: start,
    zero_pts: zero,
    packets: track.packets,
    lead_packets: track.lead,
    duration_s: shown,
    key_pts: track.keys.filter((pts) => pts >= start || track.jumps.length > 0),
    jumps: track.jumps,
  }
}

/** The first picture that is shown, as decoders count it: a recording cut out of a broadcast begins with some that nothing can decode. */
function startOf(track: Track, { head: [frame] }: Sample): number {
  const first = track.first ?? 0
  const decoded = frame?.pts ?? frame?.best_effort_timestamp
  return decoded !== undefined && decoded > first ? decoded : first
}

/** A demuxer that knows of the delay of an encoder (MP3, Opus) lets sound begin behind it; more than this is none. */
const LONGEST_DELAY_S = 0.2

export function heardFrom(stream: RawStream, { first = 0, timeBase }: Track): number {
  const delay = (stream.start_pts ?? first) - first
  return delay > 0 && delay * toNumber(timeBase) < LONGEST_DELAY_S ? first + delay : first
}

export function audioFacts(stream: RawStream, track: Track, origin_s: number): AudioFacts {
  const { disposition = {}, tags = {}, channels = 0, channel_layout, sample_rate, codec_name = 'unknown' } = stream
  const start_pts = heardFrom(stream, track)
  return {
    index: stream.index,
    codec: codec_name,
    profile: stream.profile === undefined || stream.profile === 'unknown' ? null : stream.profile,
    channels,
    layout: channel_layout === undefined || channel_layout === 'unknown' ? null : channel_layout,
    sample_rate: Number(sample_rate ?? 0),
    language: languageOf(tags),
    title: titleOf(tags),
    default: disposition['default'] === 1,
    commentary: disposition['comment'] === 1,
    described: disposition['visual_impaired'] === 1 || disposition['hearing_impaired'] === 1 || disposition['descriptions'] === 1,
    time_base: track.timeBase,
    start_pts,
    start_s: (start_pts * track.timeBase.num) / track.timeBase.den - origin_s,
    duration_s: Math.max(0, track.finish().duration_s - ((start_pts - (track.first ?? start_pts)) * track.timeBase.num) / track.timeBase.den),
    packets: track.packets,
  }
}

export function subtitleFacts(stream: RawStream): SubtitleFacts {
  const { disposition = {}, tags = {}, codec_name = 'unknown' } = stream
  return {
    index: stream.index,
    codec: codec_name,
    kind: subtitleKind(stream),
    language: languageOf(tags),
    title: titleOf(tags),
    default: disposition['default'] === 1,
    forced: disposition['forced'] === 1,
    hearing_impaired: disposition['hearing_impaired'] === 1,
  }
}

/** The same text in any spelling of its key; a stream that says nothing, or `und`, has none. */
function languageOf(tags: Readonly<Record<string, string>>): string | null {
  const language = tags['language'] ?? tags['LANGUAGE'] ?? null
  return language === 'und' || language === '' ? null : language
}

/** Matroska has titles; in MP4 and MOV the name of the handler is all there is. */
function titleOf(tags: Readonly<Record<string, string>>): string | null {
  return tags['title'] ?? tags['TITLE'] ?? tags['handler_name'] ?? null
}

export function timeBaseOf(stream: RawStream): ReturnType<typeof rational> {
  return parseRational(stream.time_base) ?? rational(1, 1000)
}
