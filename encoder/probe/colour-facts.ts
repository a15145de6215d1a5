import { parseRational, toNumber } from '../rational.ts'
import type { ColourFacts } from './facts.ts'
import type { RawSideData, RawStream } from './headers.ts'

/** `sideData` is the stream's and that of its first pictures: containers and codecs both carry it. */
export function colourFacts(stream: RawStream, sideData: readonly RawSideData[]): ColourFacts {
  const light = sideData.find(({ side_data_type }) => side_data_type === 'Content light level metadata')
  const mastering = sideData.find(({ side_data_type }) => side_data_type === 'Mastering display metadata')
  const transfer = known(stream.color_transfer)
  return {
    primaries: known(stream.color_primaries),
    transfer,
    matrix: known(stream.color_space),
    range: stream.color_range === 'pc' ? 'full' : stream.color_range === 'tv' ? 'limited' : null,
    hdr: transfer === 'smpte2084' ? 'pq' : transfer === 'arib-std-b67' ? 'hlg' : 'sdr',
    max_content_light: positive(light?.['max_content']),
    max_average_light: positive(light?.['max_average']),
    mastering_peak: positive(fraction(mastering?.['max_luminance'])),
    mastering_display: mastering === undefined ? null : masteringDisplay(mastering),
  }
}

function known(name: string | undefined): string | null {
  return name === undefined || name === 'unknown' || name === 'unspecified' || name === 'reserved' ? null : name
}

function positive(value: string | number | undefined): number | null {
  const number = Number(value ?? 0)
  return number > 0 && Number.isFinite(number) ? number : null
}

function fraction(value: string | number | undefined): number | undefined {
  const ratio = parseRational(String(value ?? ''))
  return ratio === undefined ? undefined : toNumber(ratio)
}

/** x265 counts chromaticities in 0.00002 and luminances in 0.0001 cd/m². */
function masteringDisplay(data: RawSideData): string | null {
  const count = (field: string, step: number): number => Math.round((fraction(data[field]) ?? Number.NaN) / step)
  const point = (name: string): string => `(${count(`${name}_x`, 0.00002)},${count(`${name}_y`, 0.00002)})`
  const text = `G${point('green')}B${point('blue')}R${point('red')}WP${point('white_point')}L(${count('max_luminance', 0.0001)},${count('min_luminance', 0.0001)})`
  return text.includes('NaN') ? null : text
}
