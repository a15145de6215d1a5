import type { Facts } from '../probe/facts.ts'
import { toNumber, type Rational } from '../rational.ts'
import { deinterlacedPictures } from './deinterlace.ts'
import { formatLength, formatRate } from './format.ts'
import type { AudioRendition, Chunk, Plan, Rung } from './plan.ts'

/** The plan for a person: what the source is, what is made of it, and why. Ends with a line break. */
export function describePlan(facts: Facts, plan: Plan): string {
  const parts = [
    [`Source   ${describeSource(facts)}`, `Profile  ${plan.profile}`],
    videoLines(plan),
    audioLines(plan),
    captionLines(plan),
    pictureLines(plan),
    plan.notes.length === 0 ? [] : ['Notes', ...plan.notes.map((note) => `  - ${note}`)],
  ]
  return `${parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function describeSource({ container, video, audio, duration_s }: Facts): string {
  const words = [container.format.split(',')[0] ?? container.format, formatLength(duration_s)]
  if (video !== null) {
    const { codec, profile, display_width, display_height, frame_rate, colour } = video
    const name = [codec, ...(profile === null ? [] : [profile])].join(' ')
    const hdr = colour.hdr === 'sdr' ? [] : [colour.hdr === 'pq' ? 'HDR10' : 'HLG']
    words.push([`${display_width}×${display_height}`, name, `${formatRate(frame_rate.average)} fps`, ...hdr].join(' '))
  }
  words.push(audio.length === 0 ? 'no sound' : `${audio.length} audio ${audio.length === 1 ? 'track' : 'tracks'}`)
  return words.join(', ')
}

function videoLines({ video, considered }: Plan): string[] {
  const rows = considered.map(({ rung, made, why }) => {
    const found = video?.rungs.find(({ id }) => id === rung)
    return [`  ${rung}`, made ? 'made' : '-', found === undefined ? '' : settings(found), why]
  })
  if (video === null) return rows.length === 0 ? [] : ['Video', ...columns(rows)]
  const { grid, deinterlace, remux } = video
  const deinterlaced = deinterlacedPictures(deinterlace)
  const steps = [
    ...(remux ? ['put on one clock first (remuxed)'] : []),
    ...(deinterlaced === null ? [] : [`deinterlaced (${deinterlaced})`]),
    `${formatRate(grid.frame_rate)} fps, ${grid.frames} frames`,
    `segments of ${grid.segment_frames} frames (${seconds(grid.segment_frames, grid.frame_rate)} s)`,
  ]
  return [`Video    ${steps.join(', ')}`, ...columns(rows), `Chunks   ${describeChunks(video.chunks, grid.segment_frames, grid.frame_rate)}`]
}

function settings({ codec, crf, maxrate_kbps, preset, range, threads }: Rung): string {
  const hdr = range === 'sdr' ? '' : `, ${range === 'pq' ? 'HDR10' : 'HLG'} kept`
  return `${codec} ${preset}, CRF ${crf}, at most ${maxrate_kbps} kbit/s${hdr}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`
}

function describeChunks(chunks: readonly Chunk[], segmentFrames: number, rate: Rational): string {
  const lengths = chunks.map(({ segments }) => seconds(segments * segmentFrames, rate))
  const [first = 0, ...rest] = lengths
  if (rest.length === 0) return 'one'
  const [least, most] = [Math.min(...rest), Math.max(...rest)]
  return `${chunks.length}: the first of ${first} s, the others of ${least === most ? least : `${least} to ${most}`} s`
}

function seconds(frames: number, { num, den }: Rational): number {
  return Math.round((frames * den * 100) / num) / 100
}

function audioLines({ audio }: Plan): string[] {
  if (audio === null) return []
  const rows = audio.renditions.map((rendition) => [`  ${rendition.id}`, rendition.default ? 'default' : '-', sound(rendition), `${rendition.label} [${rendition.language}], ${rendition.role}, of ${tracks(rendition)}`])
  return [`Audio    segments of ${Math.round(toNumber(audio.segment_s) * 1000) / 1000} s`, ...columns(rows)]
}

function sound({ channels, bitrate_kbps, loudness }: AudioRendition): string {
  const layout = channels === 1 ? 'mono' : channels === 2 ? 'stereo' : '5.1'
  return `${layout} AAC ${bitrate_kbps} kbit/s${loudness === null ? '' : `, ${loudness.target_lufs} LUFS`}`
}

function tracks({ stream_indexes }: AudioRendition): string {
  return `${stream_indexes.length === 1 ? 'track' : 'tracks'} ${stream_indexes.map((index) => `#${index}`).join(' and ')}`
}

function captionLines({ captions }: Plan): string[] {
  if (captions.length === 0) return []
  const rows = captions.map(({ id, label, language, from, ...flags }) => [
    `  ${id}`,
    flags.default ? 'default' : '-',
    `${label} [${language}]${flags.forced ? ', forced' : ''}${flags.hearing_impaired ? ', for the hard of hearing' : ''}`,
    'file' in from ? `from ${from.file.split('/').at(-1) ?? from.file}` : `from stream #${from.stream_index}`,
  ])
  return ['Captions', ...columns(rows)]
}

function pictureLines({ pictures }: Plan): string[] {
  if (pictures === null) return []
  const { poster_at_s, storyboard } = pictures
  const words = [
    ...(poster_at_s === null ? [] : [`poster at ${poster_at_s} s`]),
    ...(storyboard === null ? [] : [`storyboard of a ${storyboard.tile_width}×${storyboard.tile_height} tile each ${storyboard.interval_s} s`]),
  ]
  return words.length === 0 ? [] : [`Pictures ${words.join(', ')}`]
}

/** Pads each column to its longest cell, but the last. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ').trimEnd())
}
