import { chmod, rm } from 'node:fs/promises'
import t from 'tap'
import { cannotBeNobody } from '../support/as-nobody.ts'
import { agreement, colourServed } from '../support/agreement.ts'
import { testEdgeHost } from '../support/edge-host.ts'
import { until } from '../support/until.ts'

t.test('the routes directory is lost while the agent is away: Nginx falls back to the last live colour, and the start makes it anew', async (t) => {
  await using host = await testEdgeHost()
  const { agent, nginx } = host
  await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  // The fallback in the generated file is read at the next reload or start of Nginx.
  await nginx.stop()
  await nginx.start()
  await agent.kill()
  await rm(nginx.routesDir, { recursive: true })
  t.equal(await colourServed(host), 'green', 'with nothing to read, Nginx serves the last live colour')
  await agent.start()
  await agent.ready()
  t.equal(await agreement(t, host), 'green')
  t.match(await agent.call('POST', '/v1/services/app/rollback'), { status: 200 })
  t.equal(await agreement(t, host), 'blue')
})

t.test('the routes directory is lost under a running agent: it notices, says so, and mends it by itself', async (t) => {
  await using host = await testEdgeHost()
  const { agent, nginx } = host
  await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  await rm(nginx.routesDir, { recursive: true })
  await until('the journaled colour is served again', async () => (await colourServed(host)) === 'green')
  await agent.ready()
  t.equal(await agreement(t, host), 'green')
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'blue' }), { status: 200 })
  t.equal(await agreement(t, host), 'blue')
})

t.test('somebody closes the routes directory to Nginx: readyz says which directory and the chmod within seconds, and is well after it', { skip: cannotBeNobody }, async (t) => {
  await using host = await testEdgeHost()
  const { agent, nginx } = host
  await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  await chmod(nginx.routesDir, 0o700)
  t.equal(await colourServed(host), 'blue', 'Nginx is blind and serves what was live when it loaded its configuration')
  await until('readyz is not well', async () => (await agent.call('GET', '/readyz')).status === 503)
  const { problems } = (await agent.call('GET', '/readyz')).body
  t.match(problems, [new RegExp(`does not see the route of app.*chmod o\\+x ${nginx.routesDir}`)])
  await chmod(nginx.routesDir, 0o755)
  await agent.ready()
  t.equal(await agreement(t, host), 'green')
})
