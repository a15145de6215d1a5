import t from 'tap'
import { agreement, colourServed } from '../support/agreement.ts'
import { testEdgeHost } from '../support/edge-host.ts'
import { until } from '../support/until.ts'

t.test('kill -9 of Nginx: after its restart it serves the journaled colour, and the agent is ready again by itself', async (t) => {
  await using host = await testEdgeHost()
  const { agent, nginx } = host
  await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  await nginx.stop('SIGKILL')
  const refused = await agent.call('POST', '/v1/services/app/switch', { to: 'blue' })
  t.match(refused, { status: 503, body: { code: 'nginx_not_running', detail: /Start it/ } })
  await until('readyz tells', async () => (await agent.call('GET', '/readyz')).status === 503)
  await nginx.start()
  await agent.ready()
  t.equal(await agreement(t, host), 'green')
})

t.test('kill -9 of both: the next starts agree on the colour that was live', async (t) => {
  await using host = await testEdgeHost()
  const { agent, nginx } = host
  await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  await Promise.all([agent.kill('SIGKILL'), nginx.stop('SIGKILL')])
  await nginx.start()
  t.equal(await colourServed(host), 'green', 'Nginx alone, as after a reboot')
  await agent.start()
  await agent.ready()
  t.equal(await agreement(t, host), 'green')
})

t.test('SIGTERM during a switch: the caller gets its answer, and then the agent ends', async (t) => {
  await using host = await testEdgeHost({ app: { health: { path: '/healthz', successes: 3, interval: '200ms' } } })
  const { agent } = host
  const asked = agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  await until('it is under way', async () => (await agent.call('GET', '/v1/services/app')).body.operation !== null)
  const ended = agent.kill('SIGTERM')
  t.match(await asked, { status: 503, body: { code: 'stopping' } }, 'its gates are ended, nothing has changed')
  t.match(await ended, { code: 0 })
  t.equal(await colourServed(host), 'blue')
})
