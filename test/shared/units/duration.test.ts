import * as fc from 'fast-check'
import t from 'tap'
import { formatDuration, parseDuration } from '../../../shared/units/duration.ts'

t.test('reads each unit and their sums', async (t) => {
  const known = { '250ms': 250, '2s': 2000, '1m30s': 90_000, '1h': 3_600_000, '7d': 604_800_000, '0s': 0, '1d2h3m4s5ms': 93_784_005, '90m': 5_400_000, '007s': 7000 }
  for (const [text, ms] of Object.entries(known)) t.equal(parseDuration(text), ms, text)
})

t.test('whatever it formats it reads back as the same milliseconds', async () => {
  fc.assert(fc.property(fc.maxSafeNat(), (ms) => parseDuration(formatDuration(ms)) === ms), { numRuns: 2000 })
})

t.test('writes the short form that a person would', async (t) => {
  t.equal(formatDuration(0), '0s')
  t.equal(formatDuration(1500), '1s500ms')
  t.equal(formatDuration(90_000), '1m30s')
  t.equal(formatDuration(12.4), '12ms')
  t.throws(() => formatDuration(-1), RangeError)
  t.throws(() => formatDuration(Number.NaN), RangeError)
})

t.test('refuses what is no duration, and says how to write it', async (t) => {
  const refusals: Record<string, RegExp> = {
    '': /whole numbers with the units/,
    '5': /write "5s" for seconds or "5ms"/,
    '-1s': /cannot be negative/,
    '1.5s': /whole numbers, as in "1s500ms"/,
    '2 s': /write "2s"/,
    '2S': /write "2s"/,
    '1s1m': /largest first/,
    '1s1s': /largest first/,
    '5sek': /units d, h, m, s and ms/,
    '9007199254740993ms': /longer than any/,
  }
  for (const [text, message] of Object.entries(refusals)) t.throws(() => parseDuration(text), { name: 'RangeError', message }, text)
})

t.test('any text either is read as whole milliseconds or refused with a RangeError', async () => {
  const texts = fc.oneof(fc.string(), fc.stringMatching(/^[0-9dhms. -]{0,12}$/))
  fc.assert(
    fc.property(texts, (text) => {
      try {
        const ms = parseDuration(text)
        return Number.isSafeInteger(ms) && ms >= 0 && parseDuration(formatDuration(ms)) === ms
      } catch (error) {
        return error instanceof RangeError && error.message.includes(JSON.stringify(text))
      }
    }),
    { numRuns: 5000 },
  )
})
