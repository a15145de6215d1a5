import { readFile } from 'node:fs/promises'
import { COLUMNS, ROWS } from './number-picture.ts'
import type { Media } from './read-counter.ts'
import { ffmpeg } from './tools.ts'

export type Rgb = readonly [red: number, green: number, blue: number]

/** What gives the white cells of a counter this colour; the black ones stay black. For `filters`, before a format of its own. */
export function tint([red, green, blue]: Rgb): string {
  return `format=gbrp,colorchannelmixer=rr=${red / 255}:gg=${green / 255}:bb=${blue / 255}`
}

/** Colours of the white and the black cell of the first frame, in sRGB as a player shows them that believes the stream's own marks. */
export async function readColours(media: Media): Promise<{ white: Rgb; black: Rgb }> {
  const [path, input] = typeof media === 'string' ? [media, undefined] : ['pipe:0', Buffer.concat(await Promise.all([media.init, ...media.segments].map((file) => readFile(file))))]
  const size = `${COLUMNS * 8}:${ROWS * 8}`
  const { stdout } = await ffmpeg(['-v', 'error', '-i', path, '-map', '0:v:0', '-frames:v', '1', '-vf', `scale=${size}:flags=area,format=rgb24`, '-f', 'rawvideo', '-'], { input })
  const pixel = (column: number, row: number): Rgb => {
    const at = ((row * 8 + 4) * COLUMNS * 8 + column * 8 + 4) * 3
    return [stdout[at] ?? -1, stdout[at + 1] ?? -1, stdout[at + 2] ?? -1]
  }
  return { white: pixel(0, 2), black: pixel(1, 2) }
}
