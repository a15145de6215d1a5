import t from 'tap'
import type { ServiceConfig } from '../../../agent/config.ts'
import { gatesFor } from '../../../agent/gates/gates-for.ts'
import { healthConfig } from '../../support/health-config.ts'
import { httpServer, tcpServer } from '../../support/servers.ts'

const pools = { blue: ['127.0.0.1:3001'], green: ['127.0.0.1:3002', '127.0.0.1:3003'] }
const { signal } = new AbortController()

function service(settings: Partial<ServiceConfig> = {}): ServiceConfig {
  return {
    strategy: 'instant', context: 'http', initial: 'blue', keepalive: 32, key: 'address', pins: true, pin_lifetime: 3_600_000,
    pools: { blue: { servers: [...pools.blue] }, green: { servers: [...pools.green] } },
    gates: { command: [], http: [] },
    maintenance: { retry_after: 120_000 },
    ...settings,
  }
}

const full = service({
  health: healthConfig(),
  gates: {
    command: [{ name: 'smoke', command: ['/bin/true'], deadline: 1000 }],
    http: [{ name: 'freeze', url: 'http://127.0.0.1:9/{to}', status: [200], deadline: 1000 }],
  },
})

t.test('a switch passes the health gate of the target pool, then every other gate', async (t) => {
  const gates = gatesFor('app', full, pools, { from: 'blue', to: 'green', kind: 'switch' })
  t.same(gates.map(({ name }) => name), ['health', 'smoke', 'freeze'])
  t.match(gates[0]?.describe(), '127.0.0.1:3002, 127.0.0.1:3003')
  t.match(gates[2]?.describe(), 'http://127.0.0.1:9/green')
})

t.test('the pools are those it is given, not those of the configuration', async (t) => {
  const moved = { ...pools, green: ['127.0.0.1:4000'] }
  t.match(gatesFor('app', full, moved, { from: 'blue', to: 'green', kind: 'switch' })[0]?.describe(), 'http://{127.0.0.1:4000}/')
})

t.test('a service without checks has no gates', async (t) => {
  t.same(gatesFor('app', service(), pools, { from: 'blue', to: 'green', kind: 'switch' }), [])
  t.same(gatesFor('app', service(), pools, { from: 'green', to: 'blue', kind: 'rollback' }), [])
})

t.test('a rollback asks each server once, and only warns', async (t) => {
  let asked = 0
  await using well = await httpServer((_, response) => {
    asked++
    response.end()
  })
  await using hanging = await tcpServer()
  const config = { ...full, health: healthConfig({ timeout: 200, interval: 60_000, deadline: 60_000 }) }
  const check = async (blue: string[]) => {
    const gates = gatesFor('app', config, { ...pools, blue }, { from: 'green', to: 'blue', kind: 'rollback' })
    t.same(gates.map(({ name }) => name), ['health'])
    return gates[0]?.check(signal)
  }
  t.match(await check([well.address]), { passed: true, advisory: true })
  t.equal(asked, 1)
  t.match(await check([hanging.address]), { passed: false, advisory: true, detail: `${hanging.address}: connected, but no answer within 200ms` })
})

t.test('what moves no traffic onto a pool has no gates', async (t) => {
  for (const kind of ['maintenance', 'pool', 'recovery'] as const) t.same(gatesFor('app', full, pools, { from: 'blue', to: 'blue', kind }), [])
})
