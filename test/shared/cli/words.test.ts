import t from 'tap'
import { ago, lengthOf, timeOf } from '../../../shared/cli/words.ts'

t.test('lengths of time are told with two digits that matter', async (t) => {
  const told = [0, 0.44, 9.96, 12.4, 999, 1000, 3440, 12_000, 119_000, 125_000, 7_200_000, 200_000_000].map(lengthOf)
  t.strictSame(told, ['0 ms', '0.4 ms', '10 ms', '12 ms', '999 ms', '1 s', '3.4 s', '12 s', '119 s', '2 min', '2 h', '2 days'])
})

t.test('a time ahead of this clock is told as such, since two hosts may differ', async (t) => {
  const now = new Date('2026-11-21T03:00:00Z')
  t.equal(ago('2026-11-21T02:59:48Z', now), '12 s ago')
  t.equal(ago('2026-11-21T03:00:00.4Z', now), 'now')
  t.equal(ago('2026-11-21T03:01:00Z', now), '60 s ahead of this clock')
})

t.test('times are shown in UTC to the second', async (t) => {
  t.equal(timeOf('2026-11-21T14:32:54.123Z'), '2026-11-21 14:32:54Z')
})
