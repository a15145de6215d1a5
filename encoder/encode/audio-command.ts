import type { AudioPlan, AudioRendition } from '../plan/plan.ts'
import { formatRational, toNumber } from '../rational.ts'
import { commandWords } from './command.ts'
import { INIT, PLAYLIST, SEGMENT_PATTERN } from './made-names.ts'
import { OWN_TIMES, sourceInput } from './source-input.ts'

export interface AudioCommand {
  readonly plan: AudioPlan
  readonly source: string
  /** Packets of the sound cannot be decoded: each is filled by silence, or all that follows would come too early by its length. */
  readonly damaged: boolean
}

const LAYOUTS = { 1: 'mono', 2: 'stereo', 6: '5.1' } as const

/** One ffmpeg that measures the loudness of each of these renditions, as it will be heard. The results are in its log (loudness.ts). */
export function loudnessCommand(command: AudioCommand): string[] {
  const { plan, source } = command
  return commandWords({
    inputs: [sourceInput(source, OWN_TIMES)],
    // framelog=quiet makes ffmpeg 5 answer 0.
    graph: plan.renditions.map((rendition) => `${chain(command, rendition)},ebur128@${rendition.id}=peak=true:framelog=verbose[${rendition.id}]`).join(';'),
    outputs: plan.renditions.map(({ id }) => ({ options: ['-map', `[${id}]`, '-f', 'null'], target: '-' })),
  })
}

/** One ffmpeg that encodes all sound, whole, with these gains in dB; into `<rendition>/s00000.m4s` and so on below its working directory. */
export function audioCommand(command: AudioCommand, gains: ReadonlyMap<string, number>): string[] {
  const { plan, source } = command
  const louder = (id: string) => ((gains.get(id) ?? 0) === 0 ? '' : `,volume=${(gains.get(id) ?? 0).toFixed(2)}dB`)
  return commandWords({
    inputs: [sourceInput(source, OWN_TIMES)],
    graph: plan.renditions.map((rendition) => `${chain(command, rendition)}${louder(rendition.id)}[${rendition.id}]`).join(';'),
    outputs: plan.renditions.map((rendition) => ({ options: renditionOptions(rendition, plan), target: `${rendition.id}/${PLAYLIST}` })),
  })
}

/** From the source's streams to the rendition's channels: counted from the asset's zero, silence where nothing is, and no more than one rate. */
function chain({ plan, damaged }: AudioCommand, { id, stream_indexes, pad_s, filters, channels, sample_rate }: AudioRendition): string {
  const placed = `asetpts=PTS-(${formatRational(plan.origin)})/TB`
  // Gaps below a tenth of a second are left alone otherwise: times of whole sound may be that inexact.
  const resampled = `aresample=${sample_rate}:async=1:first_pts=0${damaged ? ':min_hard_comp=0.01' : ''}`
  const layout = `aformat=channel_layouts=${LAYOUTS[channels]}`
  // By so much and not up to a length: sound that ends before its time comes out short, and is noticed.
  const padded = (part: number) => ((pad_s[part] ?? 0) > 0 ? [`apad=pad_dur=${pad_s[part]?.toFixed(6)}`] : [])
  const [only, ...others] = stream_indexes
  if (others.length === 0) return `[0:${only}]${[placed, ...filters, resampled, layout, ...padded(0)].join(',')}`
  // Tracks that are joined are brought to one time and length first: amerge looks at neither, and wants to be told each layout.
  const inputs = stream_indexes.map((index, part) => `[0:${index}]${[placed, resampled, 'aformat=channel_layouts=mono', ...padded(part)].join(',')}[${id}p${part}]`)
  const joined = `${stream_indexes.map((_, part) => `[${id}p${part}]`).join('')}amerge=inputs=${stream_indexes.length}`
  return [...inputs, [joined, ...filters, layout].join(',')].join(';')
}

function renditionOptions({ id, channels, bitrate_kbps, sample_rate }: AudioRendition, plan: AudioPlan): string[] {
  return [
    '-map', `[${id}]`, '-c:a', 'aac', '-b:a', `${bitrate_kbps}k`, '-ar', String(sample_rate), '-ac', String(channels),
    // Drops the one packet of priming, so that no edit list is needed: players read those in different ways.
    '-bsf:a', String.raw`noise=drop=lt(pts\,0)`, '-map_metadata', '-1', '-map_chapters', '-1', '-avoid_negative_ts', 'disabled',
    '-f', 'hls', '-hls_segment_type', 'fmp4', '-hls_time', toNumber(plan.segment_s).toFixed(6), '-hls_list_size', '0', '-hls_playlist_type', 'vod',
    '-hls_fmp4_init_filename', INIT, '-hls_segment_filename', `${id}/${SEGMENT_PATTERN}`,
    '-hls_segment_options', 'movflags=+cmaf+skip_sidx+frag_discont:use_editlist=0',
  ]
}
