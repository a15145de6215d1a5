import { table } from '../../shared/cli/table.ts'
import type { Style } from '../../shared/cli/terminal.ts'
import { bytesOf, count, lengthOf } from '../../shared/cli/words.ts'
import { deinterlacedPictures } from '../plan/deinterlace.ts'
import type { AudioRendition, Plan, Rung } from '../plan/plan.ts'
import type { Facts, VideoFacts } from '../probe/facts.ts'
import { toNumber, type Rational } from '../rational.ts'

/** What a source is and what would be made of it, for a person: each rung of the profile, and why it is or is not there. */
export function planText(name: string, facts: Facts, plan: Plan, style: Style, columns: number): string {
  const { container, duration_s: duration } = facts
  return [
    `${style.bold(name)}: ${container.format.split(',')[0]}, ${lengthOf(duration * 1000)}, ${bytesOf(container.size_bytes)}\n`,
    ...sourceLines(facts).map((line) => `  ${line}\n`),
    `${style.bold(`profile ${plan.profile}`)}\n`,
    rungTable(plan, style, columns),
    ...gridLines(plan).map((line) => `  ${line}\n`),
    ...(plan.audio?.renditions ?? []).map((rendition) => `  ${audioLine(rendition)}\n`),
    ...plan.captions.map(({ id, language, label, forced }) => `  ${id}  captions ${language} (${label})${forced ? ', forced' : ''}, WebVTT\n`),
    ...pictureLines(plan).map((line) => `  ${line}\n`),
    ...(plan.notes.length === 0 ? [] : [`${style.bold('what is changed or left out')}\n`, ...plan.notes.map((note) => `  ${note}\n`)]),
  ].join('')
}

function sourceLines({ video, audio, subtitles, others }: Facts): string[] {
  return [
    ...(video === null ? [] : [videoLine(video)]),
    ...audio.map(({ index, codec, channels, sample_rate: rate, language }) => `stream ${index}: ${codec}, ${channels === 1 ? 'mono' : channels === 2 ? 'stereo' : `${channels} channels`}, ${rate} Hz${language === null ? '' : `, ${language}`}`),
    ...subtitles.map(({ index, codec, kind, language }) => `stream ${index}: ${kind} subtitles (${codec})${language === null ? '' : `, ${language}`}`),
    ...others.map(({ index, what }) => `stream ${index}: ${what}`),
  ]
}

function videoLine({ index, codec, width, height, display_width: shownWidth, display_height: shownHeight, frame_rate: rate, field_order: fields, bit_depth: depth, colour, rotation }: VideoFacts): string {
  const shown = shownWidth === width && shownHeight === height ? '' : `, shown as ${shownWidth}x${shownHeight}`
  return [
    `stream ${index}: ${codec} ${width}x${height}${shown}`,
    `${fps(rate.average)} fps${rate.kind === 'variable' ? ' (variable)' : ''}`,
    ...(fields === 'progressive' ? [] : [fields === 'mixed' ? 'partly interlaced' : 'interlaced']),
    ...(depth === 8 ? [] : [`${depth} bit`]),
    ...(colour.hdr === 'sdr' ? [] : [colour.hdr === 'pq' ? 'HDR10' : 'HLG']),
    ...(rotation === 0 ? [] : [`turned by ${rotation}°`]),
  ].join(', ')
}

function rungTable({ considered, video }: Plan, style: Style, columns: number): string {
  const made = new Map((video?.rungs ?? []).map((rung) => [rung.id, rung]))
  const rows = considered.map(({ rung, made: is, why }) => ({ cells: [rung, is ? style.green('made') : style.dim('not made'), ...rungCells(made.get(rung)), why] }))
  return rows.length === 0 ? '' : table(['  RUNG', '', 'PICTURE', 'CODEC', 'QUALITY', 'WHY'].map(style.bold), rows.map(({ cells: [first = '', ...rest] }) => ({ cells: [`  ${first}`, ...rest] })), columns)
}

function rungCells(rung: Rung | undefined): string[] {
  if (rung === undefined) return ['', '', '']
  return [`${rung.width}x${rung.height}`, `${rung.codec} ${rung.preset}${rung.range === 'sdr' ? '' : ` ${rung.range.toUpperCase()}`}`, `crf ${rung.crf}, ≤ ${rung.maxrate_kbps}k`]
}

function gridLines({ video }: Plan): string[] {
  if (video === null) return []
  const { grid, chunks, deinterlace, remux } = video
  const deinterlaced = deinterlacedPictures(deinterlace)
  const segments = chunks.reduce((sum, chunk) => sum + chunk.segments, 0)
  return [
    `${fps(grid.frame_rate)} fps, ${count(segments, 'segment')} of ${lengthOf((grid.segment_frames / toNumber(grid.frame_rate)) * 1000)}, ${count(chunks.length, 'chunk')}`,
    ...(deinterlaced === null ? [] : [`deinterlaced: ${deinterlaced}`]),
    ...(remux ? ['remuxed to Matroska first: its timestamps cannot be sought in'] : []),
  ]
}

function audioLine({ id, channels, bitrate_kbps: bitrate, language, label, loudness, stream_indexes: streams }: AudioRendition): string {
  const sound = channels === 1 ? 'mono' : channels === 2 ? 'stereo' : '5.1'
  const level = loudness === null ? 'loudness as it is' : `loudness ${loudness.target_lufs} LUFS`
  return `${id}  ${sound} AAC ${bitrate} kbit/s, ${language} (${label}), ${level}, from ${streams.length === 1 ? 'stream' : 'streams'} ${streams.join(', ')}`
}

function pictureLines({ pictures }: Plan): string[] {
  if (pictures === null) return []
  const { poster_at_s: poster, storyboard } = pictures
  return [...(poster === null ? [] : [`poster at ${lengthOf(poster * 1000)}`]), ...(storyboard === null ? [] : [`storyboard, a picture each ${storyboard.interval_s} s`])]
}

function fps(rate: Rational): string {
  return String(Number(toNumber(rate).toFixed(3)))
}
