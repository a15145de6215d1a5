import { type Box, boxesIn, BoxFault, fullBox, only } from './box.ts'
import type { SampleDefaults } from './init.ts'

export interface Sample {
  readonly duration: number
  readonly size: number
  /** A picture that needs no other (`sample_is_non_sync_sample` is 0). */
  readonly sync: boolean
  /** Where its bytes begin in the file. */
  readonly offset: number
}

/** A media segment: one fragment of one track, and the box that holds its samples. */
export interface SegmentBoxes {
  readonly sequence: number
  /** `tfdt`, in ticks of the track. */
  readonly decode_time: number
  /** Of all samples. */
  readonly duration: number
  readonly moof_start: number
  readonly mdat: { readonly start: number; readonly end: number }
  readonly samples: readonly Sample[]
}

// ISO/IEC 14496-12, 8.8.7.1 and 8.8.8.1.
const TFHD = { base: 0x1, description: 0x2, duration: 0x8, size: 0x10, flags: 0x20 }
const TRUN = { offset: 0x1, firstFlags: 0x4, duration: 0x100, size: 0x200, flags: 0x400, composition: 0x800 }
const NON_SYNC = 0x10000

/** Reads a media segment by the defaults of its initialisation segment; throws BoxFault for what is not one fragment of one track, filled to the last byte. */
export function readSegment(bytes: Buffer, defaults: SampleDefaults): SegmentBoxes {
  try {
    return read(bytes, defaults)
  } catch (error) {
    if (error instanceof RangeError) throw new BoxFault(`the file is cut off: ${error.message}`, { cause: error })
    throw error
  }
}

function read(bytes: Buffer, defaults: SampleDefaults): SegmentBoxes {
  const top = boxesIn(bytes)
  const moof = only(top, 'moof')
  const mdat = only(top, 'mdat')
  const inMoof = boxesIn(bytes, moof.content, moof.end)
  const traf = only(inMoof, 'traf')
  const inTraf = boxesIn(bytes, traf.content, traf.end)
  const tfdt = fullBox(bytes, only(inTraf, 'tfdt'))
  const fragment = readTfhd(bytes, only(inTraf, 'tfhd'), moof, defaults)
  const samples: Sample[] = []
  for (const trun of inTraf.filter(({ type }) => type === 'trun')) samples.push(...readTrun(bytes, trun, fragment, samples.at(-1)))
  const inside = samples.every(({ offset, size }) => offset >= mdat.content && offset + size <= mdat.end)
  const held = samples.reduce((sum, { size }) => sum + size, 0)
  if (!inside || held !== mdat.end - mdat.content) throw new BoxFault(`samples of ${held} bytes in an mdat of ${mdat.end - mdat.content}`)
  return {
    sequence: bytes.readUInt32BE(fullBox(bytes, only(inMoof, 'mfhd')).content),
    decode_time: tfdt.version === 1 ? Number(bytes.readBigUInt64BE(tfdt.content)) : bytes.readUInt32BE(tfdt.content),
    duration: samples.reduce((sum, { duration }) => sum + duration, 0),
    moof_start: moof.start,
    mdat: { start: mdat.content, end: mdat.end },
    samples,
  }
}

interface Fragment extends SampleDefaults {
  /** What data offsets count from. */
  readonly base: number
}

function readTfhd(bytes: Buffer, tfhd: Box, moof: Box, defaults: SampleDefaults): Fragment {
  const { flags, content } = fullBox(bytes, tfhd)
  let at = content + 4
  const next = (flag: number, size: 4 | 8, otherwise: number): number => {
    if ((flags & flag) === 0) return otherwise
    at += size
    return size === 8 ? Number(bytes.readBigUInt64BE(at - 8)) : bytes.readUInt32BE(at - 4)
  }
  const base = next(TFHD.base, 8, moof.start)
  next(TFHD.description, 4, 0)
  return { base, duration: next(TFHD.duration, 4, defaults.duration), size: next(TFHD.size, 4, defaults.size), flags: next(TFHD.flags, 4, defaults.flags) }
}

function readTrun(bytes: Buffer, trun: Box, fragment: Fragment, before: Sample | undefined): Sample[] {
  const { flags, content } = fullBox(bytes, trun)
  const count = bytes.readUInt32BE(content)
  let at = content + 4
  const next = (flag: number, otherwise: number): number => {
    if ((flags & flag) === 0) return otherwise
    at += 4
    return bytes.readUInt32BE(at - 4)
  }
  let offset = before === undefined ? fragment.base : before.offset + before.size
  if ((flags & TRUN.offset) !== 0) {
    offset = fragment.base + bytes.readInt32BE(at)
    at += 4
  }
  const firstFlags = next(TRUN.firstFlags, fragment.flags)
  const samples: Sample[] = []
  for (let index = 0; index < count; index += 1) {
    const duration = next(TRUN.duration, fragment.duration)
    const size = next(TRUN.size, fragment.size)
    const own = next(TRUN.flags, index === 0 ? firstFlags : fragment.flags)
    next(TRUN.composition, 0)
    if (at > trun.end) throw new BoxFault(`a trun of ${count} samples ends after ${index}`)
    samples.push({ duration, size, sync: (own & NON_SYNC) === 0, offset })
    offset += size
  }
  return samples
}
