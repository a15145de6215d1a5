import * as fc from 'fast-check'
import t from 'tap'
import { chooseFrameRate } from '../../../encoder/plan/frame-rate.ts'
import { formatRational, parseRational, rational, toNumber, type Rational } from '../../../encoder/rational.ts'

function constant(rate: string, max = 60): string {
  const average = parseRational(rate) ?? rational(0)
  return formatRational(chooseFrameRate({ kind: 'constant', average, burst: average, nominal: average }, false, max))
}

function variable({ average, burst = average, nominal = average, repeated = false, max = 60 }: { average: string; burst?: string; nominal?: string; repeated?: boolean; max?: number }): string {
  const [a, b, n] = [average, burst, nominal].map((text) => parseRational(text) ?? rational(0)) as [Rational, Rational, Rational]
  return formatRational(chooseFrameRate({ kind: 'variable', average: a, burst: b, nominal: n }, repeated, max))
}

t.test('the rates of film and television from 23.976 to 60 stay what they are', async (t) => {
  for (const rate of ['24000/1001', '24', '25', '30000/1001', '30', '48', '50', '60000/1001', '60']) t.equal(constant(rate), rate, rate)
})

t.test('a rate measured a hair off is the standard one', async (t) => {
  t.equal(constant('2997/100'), '30000/1001')
  t.equal(constant('23976/1000'), '24000/1001')
  t.equal(constant('25002/1000'), '25')
})

t.test('higher rates are halved until the profile takes them', async (t) => {
  t.equal(constant('120'), '60')
  t.equal(constant('120000/1001'), '60000/1001')
  t.equal(constant('240'), '60')
  t.equal(constant('100'), '50')
  t.equal(constant('50', 30), '25')
  t.equal(constant('60', 30), '30')
  t.equal(constant('30', 25), '15', 'half of it, though no standard rate: each picture stays equally long')
  t.equal(constant('25', 12), '25/4')
})

t.test('where half of it is no standard rate and another whole part is, it is that part', async (t) => {
  t.equal(constant('90'), '30')
  t.equal(constant('75'), '25')
  t.equal(constant('144'), '48')
})

t.test('slow sources take the rate that shows each picture equally long', async (t) => {
  t.equal(constant('1'), '25')
  t.equal(constant('5'), '25')
  t.equal(constant('10'), '30')
  t.equal(constant('12'), '24')
  t.equal(constant('25/2'), '25')
  t.equal(constant('15'), '30')
  t.equal(constant('15000/1001'), '30000/1001')
  t.equal(constant('1', 10), '1', 'where the profile holds less than all standard rates, its own')
})

t.test('a telephone that says 30 and varies around it is 30', async (t) => {
  t.equal(variable({ average: '2987/100', burst: '303/10', nominal: '30' }), '30')
  t.equal(variable({ average: '2990/100', burst: '303/10', nominal: '90000' }), '30000/1001')
})

t.test('a screen recording that mostly stands still takes the rate of its motion', async (t) => {
  t.equal(variable({ average: '7', burst: '60', nominal: '60' }), '60')
  t.equal(variable({ average: '3', burst: '30', nominal: '1000' }), '30')
})

t.test('soft telecine is film: the pictures count and not the fields', async (t) => {
  t.equal(variable({ average: '24000/1001', burst: '30000/1001', nominal: '30000/1001', repeated: true }), '24000/1001')
})

t.test('whatever the source, the rate is not above the profile’s, above zero, and has a small denominator', async () => {
  const rate = fc.tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 100_000 })).map(([num, den]) => rational(num, den))
  fc.assert(
    fc.property(rate, rate, rate, fc.boolean(), fc.boolean(), fc.integer({ min: 1, max: 240 }), (average, burst, nominal, steady, repeated, max) => {
      const chosen = chooseFrameRate({ kind: steady ? 'constant' : 'variable', average, burst, nominal }, repeated, max)
      return toNumber(chosen) > 0 && toNumber(chosen) <= max * 1.001 && (chosen.den <= 4 || chosen.den % 1001 === 0)
    }),
    { numRuns: 3000 },
  )
})
