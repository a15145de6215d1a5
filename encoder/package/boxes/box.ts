/** One box of ISO BMFF (ISO/IEC 14496-12, 4.2), as it lies in a buffer. */
export interface Box {
  readonly type: string
  /** Where its header begins, its content begins, and where it ends. */
  readonly start: number
  readonly content: number
  readonly end: number
}

/** The bytes are not what the standard says. */
export class BoxFault extends Error {
  override readonly name = 'BoxFault'
}

/** The boxes between two offsets, which they must fill to the last byte. */
export function boxesIn(bytes: Buffer, start = 0, end = bytes.length): Box[] {
  const boxes: Box[] = []
  for (let at = start; at < end; ) {
    const box = boxAt(bytes, at, end)
    boxes.push(box)
    at = box.end
  }
  return boxes
}

/** The one box of this type among others. */
export function only(boxes: readonly Box[], type: string): Box {
  const found = boxes.filter((box) => box.type === type)
  const [box] = found
  if (box === undefined || found.length > 1) throw new BoxFault(`${found.length} boxes ${type} where there is to be one, among ${boxes.map((box) => box.type).join(' ')}`)
  return box
}

/** Follows a path of boxes downwards: `mdia`, `minf`, `stbl`. */
export function descend(bytes: Buffer, box: Box, ...path: readonly string[]): Box {
  return path.reduce((parent, type) => only(boxesIn(bytes, parent.content, parent.end), type), box)
}

/** Version and flags of a full box. */
export function fullBox(bytes: Buffer, box: Box): { readonly version: number; readonly flags: number; readonly content: number } {
  return { version: bytes.readUInt8(box.content), flags: bytes.readUIntBE(box.content + 1, 3), content: box.content + 4 }
}

function boxAt(bytes: Buffer, start: number, limit: number): Box {
  if (limit - start < 8) throw new BoxFault(`${limit - start} stray bytes at ${start}`)
  const type = bytes.toString('latin1', start + 4, start + 8)
  const short = bytes.readUInt32BE(start)
  const large = short === 1
  if (large && limit - start < 16) throw new BoxFault(`the size of ${type} at ${start} is cut off`)
  const size = large ? Number(bytes.readBigUInt64BE(start + 8)) : short === 0 ? limit - start : short
  const content = start + (large ? 16 : 8)
  if (start + size < content || start + size > limit) throw new BoxFault(`box ${type} at ${start} claims ${size} bytes of ${limit - start}`)
  return { type, start, content, end: start + size }
}
