/** Width and height in square pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** Beyond this, H.264 levels and hardware decoders end (level 5.2 at 16:9: 4096); HEVC goes to 8192. */
export const LONGEST = { h264: 4096, hevc: 8192 } as const

export function shortSide({ width, height }: Size): number {
  return Math.min(width, height)
}

/** Rounded down to even numbers, at least 2: 4:2:0 has a colour sample for two by two pixels. Down, since a picture is never enlarged. */
export function evenSize({ width, height }: Size): Size {
  return { width: even(width), height: even(height) }
}

/** Scaled so that the short side has this length and the long side at most `longest`; never larger than the source. Even. */
export function fitSize(source: Size, short: number, longest: number): Size {
  const largest = evenSize(source)
  const scale = Math.min(1, short / shortSide(source), longest / Math.max(source.width, source.height))
  if (scale === 1) return largest
  return {
    width: Math.min(largest.width, nearestEven(source.width * scale)),
    height: Math.min(largest.height, nearestEven(source.height * scale)),
  }
}

function even(pixels: number): number {
  return Math.max(2, Math.floor(pixels / 2) * 2)
}

function nearestEven(pixels: number): number {
  return Math.max(2, Math.round(pixels / 2) * 2)
}
