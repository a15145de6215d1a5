import t from 'tap'
import type { ServiceStates } from '../../../agent/journal/entries.ts'
import { advance, maintaining, pooling, switching } from '../../../agent/switching/plan.ts'
import { routeTo } from '../../../agent/switching/route.ts'

const pools = { blue: ['127.0.0.1:3001'], green: ['127.0.0.1:3002'] }
const states: ServiceStates = {
  app: { route: routeTo('blue'), pools, configured_pools: pools, revision: 4 },
  other: { route: routeTo('green'), pools, configured_pools: pools, revision: 9 },
}

t.test('a switch makes the old colour the one to roll back to and counts the revision on', async (t) => {
  const after = advance(states, 'app', switching('green'))
  t.match(after['app'], { revision: 5, route: { live: 'green', previous: 'blue', weights: { blue: 0, green: 100 } } })
  t.equal(after['other'], states['other'], 'the other service is untouched')
})

t.test('a switch to the live colour changes nothing, not even what a rollback would go to', async (t) => {
  t.equal(advance(states, 'app', switching('blue')), states)
})

t.test('a switch during maintenance stays in maintenance', async (t) => {
  const quiet = advance(states, 'app', maintaining('pinned_through'))
  t.equal(advance(quiet, 'app', switching('green'))['app']?.route.maintenance, 'pinned_through')
})

t.test('a pool keeps what the configuration said beside what is used', async (t) => {
  const after = advance(states, 'app', pooling('green', ['127.0.0.1:4000']))
  t.match(after['app'], { pools: { green: ['127.0.0.1:4000'] }, configured_pools: pools, revision: 5 })
  t.equal(advance(after, 'app', pooling('green', ['127.0.0.1:4000'])), after, 'the same servers again are no change')
})
