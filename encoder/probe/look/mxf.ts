import { refuseCut } from './cut.ts'

const PARTITION = Buffer.from('060e2b34020501010d0102010102', 'hex')
/** The header may be preceded by a run-in of up to 64 kB, which nobody writes. */
const FOOTER_FIELD = 24

/** A closed MXF names the place of its footer, which is near its end. */
export function checkMxf(size: number, head: Buffer): void {
  if (head.length < 64 || !head.subarray(0, PARTITION.length).equals(PARTITION)) return
  // Key of 16 bytes, then the length: one byte, or 0x80 and the number of bytes that follow.
  const first = head[16] ?? 0
  const value = 17 + (first >= 0x80 ? first & 0x7f : 0)
  if (head.length < value + FOOTER_FIELD + 8) return
  const footer = Number(head.readBigUInt64BE(value + FOOTER_FIELD))
  if (footer > 0) refuseCut('its media data', 0, footer, size)
}
