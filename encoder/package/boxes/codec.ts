import { type Box, boxesIn, BoxFault, fullBox, only } from './box.ts'

export interface CodecFacts {
  readonly codecs: string
  readonly nal_length_bytes: number | null
}

/** Bytes of a visual and an audio sample entry before the boxes in it. */
const VISUAL = 78
const AUDIO = 28

/** Codec string (RFC 6381) of a sample entry, from its decoder configuration. */
export function codecOf(bytes: Buffer, entry: Box): CodecFacts {
  const inside = (skip: number, type: string) => only(boxesIn(bytes, entry.content + skip, entry.end), type)
  switch (entry.type) {
    case 'avc1':
    case 'avc3':
      return avc(bytes, entry.type, inside(VISUAL, 'avcC'))
    case 'hvc1':
    case 'hev1':
      return hevc(bytes, entry.type, inside(VISUAL, 'hvcC'))
    case 'mp4a':
      return { codecs: mp4a(bytes, inside(AUDIO, 'esds')), nal_length_bytes: null }
    default:
      throw new BoxFault(`sample entry ${entry.type}, whose codec string is not known`)
  }
}

/** ISO/IEC 14496-15, 5.3.3.1. */
function avc(bytes: Buffer, type: string, { content }: Box): CodecFacts {
  return { codecs: `${type}.${bytes.toString('hex', content + 1, content + 4)}`, nal_length_bytes: (bytes.readUInt8(content + 4) & 3) + 1 }
}

/** ISO/IEC 14496-15, 8.3.3.1 and annex E.3: compatibility flags with their bits reversed, constraint bytes without the zeros at their end. */
function hevc(bytes: Buffer, type: string, { content }: Box): CodecFacts {
  const profile = bytes.readUInt8(content + 1)
  const compatibility = reverseBits(bytes.readUInt32BE(content + 2)).toString(16)
  const constraints = [...bytes.subarray(content + 6, content + 12)].map((byte) => byte.toString(16))
  while (constraints.at(-1) === '0') constraints.pop()
  const level = bytes.readUInt8(content + 12)
  const words = [
    `${['', 'A', 'B', 'C'][profile >> 6] ?? ''}${profile & 0x1f}`,
    compatibility,
    `${(profile & 0x20) === 0 ? 'L' : 'H'}${level}`,
    ...constraints,
  ]
  return { codecs: `${type}.${words.join('.').toUpperCase()}`, nal_length_bytes: (bytes.readUInt8(content + 21) & 3) + 1 }
}

function reverseBits(word: number): number {
  return Number.parseInt(word.toString(2).padStart(32, '0').split('').toReversed().join(''), 2)
}

/** ISO/IEC 14496-1, 7.2.6: descriptors in descriptors, of which the decoder's configuration tells object type and audio object type. */
function mp4a(bytes: Buffer, esds: Box): string {
  const stream = descriptor(bytes, fullBox(bytes, esds).content, 3)
  const flags = bytes.readUInt8(stream + 2)
  const url = (flags & 0x40) === 0 ? 0 : 1 + bytes.readUInt8(stream + 3)
  const decoder = descriptor(bytes, stream + 3 + ((flags & 0x80) === 0 ? 0 : 2) + url + ((flags & 0x20) === 0 ? 0 : 2), 4)
  const object = bytes.readUInt8(decoder)
  if (object !== 0x40) return `mp4a.${object.toString(16)}`
  const config = descriptor(bytes, decoder + 13, 5)
  const type = bytes.readUInt8(config) >> 3
  return `mp4a.40.${type === 31 ? 32 + ((bytes.readUInt16BE(config) >> 5) & 0x3f) : type}`
}

/** Where the content of the descriptor begins that lies here. */
function descriptor(bytes: Buffer, at: number, tag: number): number {
  if (bytes.readUInt8(at) !== tag) throw new BoxFault(`descriptor ${bytes.readUInt8(at)} in esds where ${tag} is to be`)
  let content = at + 1
  while ((bytes.readUInt8(content) & 0x80) !== 0) content += 1
  return content + 1
}
