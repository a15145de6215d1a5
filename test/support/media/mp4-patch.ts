import { readFile, writeFile } from 'node:fs/promises'

/**
 * Changes to MP4 and MOV files that no ffmpeg option makes (in all versions): boxes are patched in place. For files
 * whose index (`moov`) stands at the end, as ffmpeg writes them unless told otherwise: nothing that it points to moves.
 */

/** How a player must turn the stored picture, clockwise; `mirrored`: left and right are exchanged. */
export type Orientation = 90 | 180 | 270 | 'mirrored'

// a b c d of the transformation matrix; the translations are left at 0, as phones do where players ignore them.
const MATRICES: Readonly<Record<Orientation, readonly [number, number, number, number]>> = {
  90: [0, 1, -1, 0],
  180: [-1, 0, 0, -1],
  270: [0, -1, 1, 0],
  mirrored: [-1, 0, 0, 1],
}

/** Writes the display matrix of the first track. */
export async function orient(file: string, orientation: Orientation): Promise<void> {
  const bytes = await readFile(file)
  const header = content(bytes, ['moov', 'trak', 'tkhd'])
  const matrix = header.start + (bytes[header.start] === 1 ? 52 : 40)
  MATRICES[orientation].forEach((value, index) => bytes.writeInt32BE(value * 0x10000, matrix + [0, 4, 12, 16][index]!))
  await writeFile(file, bytes)
}

/** Marks the HEVC track as Dolby Vision profile 8 with an HDR10 (1) or HLG (4) base layer: the configuration box that such files carry. */
export async function markDolbyVision(file: string, compatibility: 1 | 4): Promise<void> {
  const box = Buffer.alloc(32)
  box.writeUInt32BE(32, 0)
  box.write('dvvC', 4)
  // Version 1.0; profile 8 (7 bits), level 1 (6 bits), RPU and base layer present, no enhancement layer.
  box.set([1, 0, (8 << 1) | 0, (1 << 3) | 0b101, compatibility << 4], 8)
  const bytes = await readFile(file)
  const path = ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd']
  const { end } = content(bytes, path)
  // The one sample entry ends where stsd ends, and is not among the boxes whose size `path` names.
  const entry = content(bytes, path).start + 8
  bytes.writeUInt32BE(bytes.readUInt32BE(entry) + box.length, entry)
  // The innermost first: a box that has grown past its parent could not be walked over.
  for (let depth = path.length; depth >= 1; depth -= 1) {
    const at = content(bytes, path.slice(0, depth)).start - 8
    bytes.writeUInt32BE(bytes.readUInt32BE(at) + box.length, at)
  }
  await writeFile(file, Buffer.concat([bytes.subarray(0, end), box, bytes.subarray(end)]))
}

/** Where the content of the first box under this path lies. */
export function content(bytes: Buffer, path: readonly string[]): { start: number; end: number } {
  let range = { start: 0, end: bytes.length }
  for (const name of path) {
    const found = boxes(bytes, range.start, range.end).find((box) => box.name === name)
    if (found === undefined) throw new Error(`there is no ${path.join('/')}`)
    range = found
  }
  return range
}

function boxes(bytes: Buffer, from: number, to: number): { name: string; start: number; end: number }[] {
  const found: { name: string; start: number; end: number }[] = []
  for (let at = from; at + 8 <= to; ) {
    const size = bytes.readUInt32BE(at)
    // 1: a 64-bit size follows, as ffmpeg writes for mdat only where it needs one.
    const length = size === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : size
    if (length < 8) throw new Error(`a box of ${length} bytes at ${at}`)
    found.push({ name: bytes.toString('latin1', at + 4, at + 8), start: at + 8, end: at + length })
    at += length
  }
  return found
}
