import { type Box, boxesIn, BoxFault, descend, fullBox, only } from './box.ts'
import { codecOf } from './codec.ts'

/** What a sample has when a segment does not say. */
export interface SampleDefaults {
  readonly duration: number
  readonly size: number
  readonly flags: number
}

/** An initialisation segment with its one track, as CMAF has it. */
export interface InitBoxes {
  readonly brands: readonly string[]
  readonly track_id: number
  readonly handler: string
  readonly timescale: number
  /** RFC 6381. */
  readonly codecs: string
  /** Bytes of the length in front of each NAL unit; null for other codecs. */
  readonly nal_length_bytes: number | null
  readonly edits: readonly { readonly duration: number; readonly media_time: number }[]
  readonly defaults: SampleDefaults
}

/** Reads an initialisation segment; throws BoxFault for anything that is not one. */
export function readInit(bytes: Buffer): InitBoxes {
  try {
    return read(bytes)
  } catch (error) {
    // A field that lies outside its file.
    if (error instanceof RangeError) throw new BoxFault(`the file is cut off: ${error.message}`, { cause: error })
    throw error
  }
}

function read(bytes: Buffer): InitBoxes {
  const top = boxesIn(bytes)
  const moov = only(top, 'moov')
  const inMoov = boxesIn(bytes, moov.content, moov.end)
  const trak = only(inMoov, 'trak')
  const mdhd = descend(bytes, trak, 'mdia', 'mdhd')
  const entry = sampleEntry(bytes, descend(bytes, trak, 'mdia', 'minf', 'stbl', 'stsd'))
  return {
    brands: brandsOf(bytes, only(top, 'ftyp')),
    track_id: trackId(bytes, descend(bytes, trak, 'tkhd')),
    handler: bytes.toString('latin1', descend(bytes, trak, 'mdia', 'hdlr').content + 8, descend(bytes, trak, 'mdia', 'hdlr').content + 12),
    timescale: bytes.readUInt32BE(mdhd.content + (fullBox(bytes, mdhd).version === 1 ? 20 : 12)),
    ...codecOf(bytes, entry),
    edits: editsOf(bytes, trak),
    defaults: defaultsOf(bytes, descend(bytes, only(inMoov, 'mvex'), 'trex')),
  }
}

function brandsOf(bytes: Buffer, ftyp: Box): string[] {
  const text = bytes.toString('latin1', ftyp.content, ftyp.end)
  const [major = '', , ...compatible] = text.match(/[\s\S]{4}/g) ?? []
  return [...new Set([major, ...compatible])]
}

function trackId(bytes: Buffer, tkhd: Box): number {
  return bytes.readUInt32BE(tkhd.content + (fullBox(bytes, tkhd).version === 1 ? 20 : 12))
}

function sampleEntry(bytes: Buffer, stsd: Box): Box {
  const { content } = fullBox(bytes, stsd)
  const entries = boxesIn(bytes, content + 4, stsd.end)
  const [entry] = entries
  if (entry === undefined || entries.length > 1) throw new BoxFault(`${entries.length} sample entries where there is to be one`)
  return entry
}

function editsOf(bytes: Buffer, trak: Box): InitBoxes['edits'] {
  const edts = boxesIn(bytes, trak.content, trak.end).find(({ type }) => type === 'edts')
  if (edts === undefined) return []
  const { version, content } = fullBox(bytes, descend(bytes, edts, 'elst'))
  const size = version === 1 ? 20 : 12
  return Array.from({ length: bytes.readUInt32BE(content) }, (_, index) => {
    const at = content + 4 + index * size
    return version === 1
      ? { duration: Number(bytes.readBigUInt64BE(at)), media_time: Number(bytes.readBigInt64BE(at + 8)) }
      : { duration: bytes.readUInt32BE(at), media_time: bytes.readInt32BE(at + 4) }
  })
}

function defaultsOf(bytes: Buffer, trex: Box): SampleDefaults {
  const { content } = fullBox(bytes, trex)
  return { duration: bytes.readUInt32BE(content + 8), size: bytes.readUInt32BE(content + 12), flags: bytes.readUInt32BE(content + 16) }
}
