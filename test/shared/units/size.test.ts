import * as fc from 'fast-check'
import t from 'tap'
import { formatSize, parseSize } from '../../../shared/units/size.ts'

t.test('reads binary and decimal units', async (t) => {
  const known = { '0B': 0, '512B': 512, '64KiB': 65_536, '1GiB': 1_073_741_824, '500MB': 500_000_000, '3kB': 3000, '2TiB': 2_199_023_255_552 }
  for (const [text, bytes] of Object.entries(known)) t.equal(parseSize(text), bytes, text)
})

t.test('whatever it formats it reads back as the same bytes', async () => {
  const bytes = fc.oneof(fc.maxSafeNat(), fc.nat(4000).map((n) => n * 1024 ** 2), fc.nat(4000).map((n) => n * 1000 ** 2))
  fc.assert(fc.property(bytes, (n) => parseSize(formatSize(n)) === n), { numRuns: 2000 })
})

t.test('writes the largest unit that divides the amount', async (t) => {
  t.equal(formatSize(0), '0B')
  t.equal(formatSize(65_536), '64KiB')
  t.equal(formatSize(500_000_000), '500MB')
  t.equal(formatSize(1_000_001), '1000001B')
  t.throws(() => formatSize(-1), RangeError)
  t.throws(() => formatSize(1.5), RangeError)
})

t.test('refuses what is no size, and says how to write it', async (t) => {
  const refusals: Record<string, RegExp> = {
    '': /one of the units/,
    '64': /write "64B" for bytes/,
    '64kib': /write "64KiB"/,
    '64 KiB': /write "64KiB"/,
    '2G': /write "2GiB" \(powers of 1024\) or "2GB"/,
    '1.5GiB': /whole number/,
    '-1B': /whole number/,
    '9999999TiB': /larger than any/,
  }
  for (const [text, message] of Object.entries(refusals)) t.throws(() => parseSize(text), { name: 'RangeError', message }, text)
})
