/**
 * A number as a picture of 8 × 3 cells, black and white, that fills the whole frame: two rows of 16 bits, the highest
 * first; then white, black and six check bits. At 64 × 36 a cell is still 8 × 12 pixels, which survives scaling, coarse
 * quantisers and tone mapping. A picture that is turned, mirrored, shifted or mixed of two fails the check.
 */
export const COLUMNS = 8
export const ROWS = 3
export const HIGHEST = 0xffff
/** What stands in place of a number that cannot be read. */
export const UNREADABLE = -1

function cells(number: number): boolean[] {
  // Folds all 16 bits into six, so that any single wrong cell shows; the constant tells an all-black picture from 0.
  const check = (number ^ (number >> 6) ^ (number >> 12) ^ 0b101010) & 0b111111
  const bits = (value: number, count: number) => Array.from({ length: count }, (_, index) => ((value >> (count - 1 - index)) & 1) === 1)
  return [...bits(number, 16), true, false, ...bits(check, 6)]
}

/** One grey byte per cell. */
export function drawNumber(number: number): Uint8Array {
  if (!Number.isInteger(number) || number < 0 || number > HIGHEST) throw new RangeError(`no frame number: ${number}`)
  return Uint8Array.from(cells(number), (white) => (white ? 255 : 0))
}

/** Reads a grey picture of `width` × `height` pixels. */
export function readNumber(grey: Uint8Array, width: number, height: number): number {
  const levels = Array.from({ length: COLUMNS * ROWS }, (_, cell) => level(grey, width, height, cell % COLUMNS, Math.floor(cell / COLUMNS)))
  const [white = 0, black = 0] = levels.slice(16, 18)
  if (white - black < 40) return UNREADABLE
  const shades = levels.map((value) => (value - black) / (white - black))
  // Neither black nor white: a mixture of two pictures, or of two fields.
  if (shades.some((shade) => shade > 0.3 && shade < 0.7)) return UNREADABLE
  const read = shades.map((shade) => shade > 0.5)
  const number = read.slice(0, 16).reduce((sum, bit) => sum * 2 + Number(bit), 0)
  return cells(number).every((cell, index) => cell === read[index]) ? number : UNREADABLE
}

/** Mean of the inner part of a cell: its edges are blurred by scaling. */
function level(grey: Uint8Array, width: number, height: number, column: number, row: number): number {
  const [left, right] = inner(column, width / COLUMNS)
  const [top, bottom] = inner(row, height / ROWS)
  let sum = 0
  for (let y = top; y < bottom; y += 1) for (let x = left; x < right; x += 1) sum += grey[y * width + x] ?? 0
  return sum / ((right - left) * (bottom - top))
}

function inner(index: number, size: number): [number, number] {
  return [Math.round((index + 0.3) * size), Math.round((index + 0.7) * size)]
}
