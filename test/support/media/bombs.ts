import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeCounter } from './counter.ts'
import { content } from './mp4-patch.ts'

/** A file of a few kilobytes whose pictures say that they have so many pixels a side, and its container too, unless `secretly`. */
export async function hugePicture(file: string, side: number, { secretly }: { readonly secretly: boolean }): Promise<string> {
  await makeCounter({ file, codec: 'mjpeg', size: '320x320', pixel_format: 'yuvj420p', frames: 3, audio: [] })
  const bytes = await readFile(file)
  // In each JPEG’s frame header: FFC0, length, precision, height, width.
  patchEach(bytes, 'ffc00011080140', (at) => {
    bytes.writeUInt16BE(side, at + 5)
    bytes.writeUInt16BE(side, at + 7)
  })
  // Matroska: PixelWidth and PixelHeight, two bytes each.
  if (!secretly) for (const element of ['b0820140', 'ba820140']) patchEach(bytes, element, (at) => bytes.writeUInt16BE(side, at + 2))
  await writeFile(file, bytes)
  return file
}

function patchEach(bytes: Buffer, hex: string, patch: (at: number) => void): void {
  const wanted = Buffer.from(hex, 'hex')
  if (!bytes.includes(wanted)) throw new Error(`${hex} is not in the file`)
  for (let at = bytes.indexOf(wanted); at !== -1; at = bytes.indexOf(wanted, at + 1)) patch(at)
}

/** A file of a few kilobytes whose index says that it has 10⁹ frames, all alike and a byte long. */
export async function billionFrames(file: string): Promise<string> {
  await makeCounter({ file, codec: 'mjpeg', pixel_format: 'yuvj420p', frames: 3, audio: [], args: ['-f', 'mov'] })
  const bytes = await readFile(file)
  const table = (name: string) => content(bytes, ['moov', 'trak', 'mdia', 'minf', 'stbl', name]).start
  const count = 1_000_000_000
  bytes.writeUInt32BE(count, table('stts') + 8)
  bytes.writeUInt32BE(1, table('stsz') + 4)
  bytes.writeUInt32BE(count, table('stsz') + 8)
  bytes.writeUInt32BE(count, table('stsc') + 12)
  await writeFile(file, bytes)
  return file
}

/** Two frames a year apart: on a constant grid that would be 10⁹ frames. */
export async function yearApart(directory: string): Promise<string> {
  return (await makeCounter({ file: join(directory, 'year.mkv'), frames: 3, times: [0, 0.04, 365 * 86_400], audio: [] })).file
}
