import t from 'tap'
import { startLoad } from '../../demo/load/load.ts'
import { agreement } from '../support/agreement.ts'
import { testEdgeHost } from '../support/edge-host.ts'

const UNHARMED = { failed: 0, reasons: {}, streams: { cut: 0, reasons: {} } }

t.test('switches and rollbacks by rename under keep-alive load and held streams: no request fails, no stream is cut', async (t) => {
  await using host = await testEdgeHost()
  const { agent } = host
  await using load = await startLoad({ url: host.url, connections: 8, streams: 3, pauseMs: 1 })
  for (let round = 0; round < 10; round++) {
    t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 200, body: { kind: 'switch', to: 'green' } })
    t.match(await agent.call('POST', '/v1/services/app/rollback'), { status: 200, body: { kind: 'rollback', from: 'green', to: 'blue' } })
  }
  const counts = await load.stop()
  t.match(counts, UNHARMED)
  t.ok(counts.byColour.blue > 0 && counts.byColour.green > 0, 'both colours had their share')
  t.equal(counts.connections, 8, 'no connection was closed')
  t.equal(await agreement(t, host), 'blue')
})

t.test('a rollback does not wait for the health of the colour it goes to, and warns', async (t) => {
  await using host = await testEdgeHost()
  const { agent, apps } = host
  await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  await apps.blue.setHealthy(false)
  t.match(await agent.call('POST', '/v1/services/app/rollback'), { status: 200, body: { to: 'blue', warnings: [/health: .*503/] } })
  await apps.green.setHealthy(false)
  const refused = await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  t.match(refused, { status: 422, body: { code: 'gate_refused', detail: new RegExp(`app stays on blue.*${apps.green.server}.*503`) } })
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'green', force: true }), { status: 200, body: { warnings: [/Forced past health/] } })
  t.equal(await agreement(t, host), 'green')
})
