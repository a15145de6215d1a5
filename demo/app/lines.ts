/**
 * The text of a held stream: numbered lines of 64 bytes, so that each byte’s value follows from its position
 * and a client can tell a lost, doubled or foreign byte at once.
 */
export const LINE_BYTES = 64

export function line(number: number): string {
  return `${String(number).padStart(12, '0')} ${'on air '.repeat(8).slice(0, LINE_BYTES - 14)}\n`
}

/** `count` lines from number `first` on. */
export function lines(first: number, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, (_, index) => line(first + index)).join(''), 'ascii')
}

/** Position of the first byte of `received` that differs from what the stream has at `offset`; -1 when none does. */
export function firstWrongByte(received: Buffer, offset: number): number {
  const first = Math.floor(offset / LINE_BYTES)
  const skipped = offset - first * LINE_BYTES
  const expected = lines(first, Math.ceil((skipped + received.length) / LINE_BYTES)).subarray(skipped, skipped + received.length)
  if (expected.equals(received)) return -1
  return offset + expected.findIndex((byte, index) => byte !== received[index])
}
