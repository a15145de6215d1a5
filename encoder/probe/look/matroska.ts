import type { ByteSource } from './byte-source.ts'
import { refuseCut } from './cut.ts'

const EBML = 0x1a45dfa3
const SEGMENT = 0x18538067

/** A Matroska or WebM file that was written to its end knows its length; a live one does not say. */
export async function checkMatroska(bytes: ByteSource, head: Buffer): Promise<void> {
  if (head.length < 12 || head.readUInt32BE(0) !== EBML) return
  const header = sizeAt(head, 4)
  if (header?.value === undefined) return
  const start = 4 + header.length + header.value
  const segment = await bytes.read(start, 12)
  if (segment.length < 12 || segment.readUInt32BE(0) !== SEGMENT) return
  const size = sizeAt(segment, 4)
  if (size?.value !== undefined) refuseCut('its media data', start + 4 + size.length, size.value, bytes.size)
}

/** A number of variable length: the zeros before its first bit tell how many bytes follow; all ones mean unknown. */
function sizeAt(buffer: Buffer, offset: number): { readonly length: number; readonly value: number | undefined } | undefined {
  const first = buffer[offset]
  if (first === undefined || first === 0) return undefined
  const length = Math.clz32(first) - 23
  if (buffer.length < offset + length) return undefined
  let value = BigInt(first) & ((1n << BigInt(8 - length)) - 1n)
  for (const byte of buffer.subarray(offset + 1, offset + length)) value = (value << 8n) | BigInt(byte)
  return { length, value: value === (1n << BigInt(7 * length)) - 1n ? undefined : Number(value) }
}
