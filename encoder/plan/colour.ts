import type { ColourFacts, VideoFacts } from '../probe/facts.ts'

/** What a picture's numbers mean, in the names of ffmpeg's zscale. */
interface Meaning {
  readonly matrix: string
  readonly primaries: string
  readonly transfer: string
  readonly range: 'limited' | 'full'
}

const BT709: Meaning = { matrix: '709', primaries: '709', transfer: '709', range: 'limited' }

/** What follows a conversion or stands in for one, so that every encoder and player is told the same. */
export const MARK_BT709 = 'setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709'

// ffprobe's names to zscale's, which has other short names for matrices than for primaries; matrix 7 has none that all versions spell alike. Transfers that differ from BT.709 only in name, or in the shadows below what 8 bits show, count as it: players show them alike.
const MATRIX: Readonly<Record<string, string>> = { bt709: '709', smpte170m: '170m', bt470bg: '470bg', bt2020nc: '2020_ncl', bt2020c: '2020_cl', fcc: 'fcc', smpte240m: '7', gbr: 'gbr' }
const PRIMARIES: Readonly<Record<string, string>> = { bt709: '709', smpte170m: '170m', bt470bg: 'bt470bg', bt2020: '2020', smpte240m: '240m', bt470m: 'bt470m', film: 'film', smpte431: 'smpte431', smpte432: 'smpte432', 'jedec-p22': 'jedec-p22' }
const TRANSFER: Readonly<Record<string, string>> = { linear: 'linear', bt470m: 'bt470m', bt470bg: 'bt470bg', log100: 'log100', log316: 'log316' }

/** Filters that bring an SDR picture to BT.709 in limited range; none where it is that already. */
export function toBt709(video: Pick<VideoFacts, 'colour' | 'height' | 'width' | 'pixel_format'>): string[] {
  const from = meaningOf(video)
  if (Object.entries(BT709).every(([key, value]) => from[key as keyof Meaning] === value)) return [MARK_BT709]
  const input = `matrixin=${from.matrix}:primariesin=${from.primaries}:transferin=${from.transfer}:rangein=${from.range}`
  // The `yuvj` formats mean full range by their name, whatever the numbers in them say afterwards.
  const plain = video.pixel_format.startsWith('yuvj') ? [`format=${video.pixel_format.replace('yuvj', 'yuv')}`] : []
  return [`zscale=${input}:matrix=709:primaries=709:transfer=709:range=limited`, ...plain, MARK_BT709]
}

/** True where `toBt709` needs the filter zscale. */
export function needsConversion(video: Pick<VideoFacts, 'colour' | 'height' | 'width' | 'pixel_format'>): boolean {
  return toBt709(video).length > 1
}

/** What a file does not say is guessed as mpv and browsers do: standard definition has the matrix of BT.601, the lines tell which primaries. */
function meaningOf({ colour, width, height, pixel_format }: Pick<VideoFacts, 'colour' | 'height' | 'width' | 'pixel_format'>): Meaning {
  const standard = width < 1280 && height <= 576 ? '170m' : '709'
  const lines = standard === '709' ? '709' : height === 576 ? 'bt470bg' : [480, 486, 488].includes(height) ? '170m' : '709'
  const rgb = isRgb(pixel_format)
  const matrix = rgb ? 'gbr' : (named(MATRIX, colour.matrix) ?? standard)
  return {
    matrix,
    primaries: named(PRIMARIES, colour.primaries) ?? (matrix === '2020_ncl' || matrix === '2020_cl' ? '2020' : rgb ? '709' : lines),
    transfer: named(TRANSFER, colour.transfer) ?? '709',
    range: rgb || isFull(colour, pixel_format) ? 'full' : 'limited',
  }
}

function named(names: Readonly<Record<string, string>>, name: string | null): string | undefined {
  return name === null ? undefined : names[name]
}

function isFull(colour: ColourFacts, pixel_format: string): boolean {
  return colour.range === 'full' || pixel_format.startsWith('yuvj')
}

export function isRgb(pixel_format: string): boolean {
  return /^(gbr|rgb|bgr|argb|abgr|0rgb|rgb0|0bgr|bgr0|pal8|x2rgb|x2bgr)/.test(pixel_format)
}
