import { parseRational, rational, toNumber, type Rational } from '../rational.ts'
import type { RawStream } from './headers.ts'

export interface Orientation {
  readonly rotation: 0 | 90 | 180 | 270
  readonly mirrored: boolean
}

/** From the display matrix, as ffmpeg's autorotate reads it: degrees clockwise that a player turns the picture. */
export function orientationOf({ side_data_list = [] }: Pick<RawStream, 'side_data_list'>): Orientation {
  const matrix = side_data_list.find(({ side_data_type }) => side_data_type === 'Display Matrix')
  if (matrix === undefined) return { rotation: 0, mirrored: false }
  const [a = 1, b = 0, , c = 0, d = 1] = [...String(matrix['displaymatrix']).matchAll(/(?<![0-9a-f])-?\d+(?![0-9a-f]*:)/g)].map(([text]) => Number(text))
  const clockwise = (Math.round(-Number(matrix['rotation'] ?? 0) / 90) * 90 + 720) % 360
  const mirrored = a * d - b * c < 0
  // A matrix that only mirrors left and right reads as half a turn.
  const plain = mirrored && clockwise === 180 && d > 0 ? 0 : clockwise
  return { rotation: plain as Orientation['rotation'], mirrored }
}

/** Shapes of pixels beyond this are mistakes of a muxer. */
const ODDEST = 8

export function sampleAspect({ sample_aspect_ratio }: Pick<RawStream, 'sample_aspect_ratio'>): Rational {
  const ratio = parseRational(sample_aspect_ratio)
  const plausible = ratio !== undefined && ratio.num > 0 && toNumber(ratio) <= ODDEST && toNumber(ratio) >= 1 / ODDEST
  return plausible ? ratio : rational(1)
}

/** In square pixels, as a viewer sees it. Lines are kept and their length is changed: 720×576 at 16:15 is 768×576. */
export function displaySize(width: number, height: number, aspect: Rational, { rotation }: Orientation): { readonly display_width: number; readonly display_height: number } {
  const wide = Math.max(1, Math.round(width * toNumber(aspect)))
  return rotation % 180 === 0 ? { display_width: wide, display_height: height } : { display_width: height, display_height: wide }
}
