import t from 'tap'
import type { AgentConfig } from '../../../agent/config.ts'
import type { ServiceStates } from '../../../agent/journal/entries.ts'
import { establish } from '../../../agent/switching/establish.ts'
import { routeTo } from '../../../agent/switching/route.ts'

const pools = { blue: ['127.0.0.1:3001'], green: ['127.0.0.1:3002'] }
const config = { services: { app: { initial: 'blue', pools: { blue: { servers: pools.blue }, green: { servers: pools.green } } } } } as unknown as AgentConfig
const journaled: ServiceStates = { app: { route: routeTo('green', 'blue'), pools, configured_pools: pools, revision: 7 } }

t.test('a first start begins on the initial colour', async (t) => {
  const { services, notes } = establish(config, {}, { serving: { app: null }, routed: { app: false }, remains: {} })
  t.match(services['app'], { route: { live: 'blue', previous: null }, revision: 1 })
  t.match(notes, [/begins on blue/])
})

t.test('with the state lost, what Nginx serves is taken over', async (t) => {
  const { services, notes } = establish(config, {}, { serving: { app: 'green' }, routed: { app: true }, remains: {} })
  t.equal(services['app']?.route.live, 'green')
  t.match(notes, [/Nginx serves green/])
})

t.test('with the state lost and Nginx down or silent, what markers and generated files tell is taken over, maintenance too', async (t) => {
  const remains = { app: { ...routeTo('green'), maintenance: 'on' as const } }
  const { services, notes } = establish(config, {}, { serving: { app: null }, routed: { app: true }, remains })
  t.match(services['app']?.route, { live: 'green', previous: null, maintenance: 'on' })
  t.match(notes, [/what is on disk says green, in maintenance; that is taken over/])
})

t.test('a colour that something else switched is taken over, and can be rolled back', async (t) => {
  const { services, notes } = establish(config, journaled, { serving: { app: 'blue' }, routed: { app: true }, remains: {} })
  t.match(services['app'], { route: { live: 'blue', previous: 'green' }, revision: 8 })
  t.match(notes, [/changed by something else/])
})

t.test('with only the markers lost, the journal says the colour', async (t) => {
  const { services, notes } = establish(config, journaled, { serving: { app: 'blue' }, routed: { app: false }, remains: {} })
  t.equal(services['app'], journaled['app'])
  t.same(notes, [])
})

t.test('pools that changed in the configuration replace the ones in use; else those put by a call stay', async (t) => {
  const put = { app: { ...journaled['app']!, pools: { ...pools, blue: ['127.0.0.1:9'] } } }
  const unchanged = establish(config, put, { serving: { app: 'green' }, routed: { app: true }, remains: {} })
  t.same(unchanged.services['app']?.pools.blue, ['127.0.0.1:9'])
  const edited = { app: { ...put.app, configured_pools: { ...pools, blue: ['127.0.0.1:8'] } } }
  const replaced = establish(config, edited, { serving: { app: 'green' }, routed: { app: true }, remains: {} })
  t.same(replaced.services['app']?.pools, pools)
  t.match(replaced.notes, [/pools in the configuration changed/])
})

t.test('a service that left the configuration keeps its state', async (t) => {
  const gone = { ...journaled, old: journaled['app']! }
  t.equal(establish(config, gone, { serving: {}, routed: {}, remains: {} }).services['old'], gone.old)
})
