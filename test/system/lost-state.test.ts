import { rm } from 'node:fs/promises'
import t from 'tap'
import { agreement, colourServed } from '../support/agreement.ts'
import { testEdgeHost } from '../support/edge-host.ts'

for (const strategy of ['instant', 'reload']) {
  t.test(`the state directory is lost (${strategy}): what Nginx serves is taken over, and said`, async (t) => {
    await using host = await testEdgeHost({ app: { strategy } })
    const { agent, nginx } = host
    await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
    await agent.kill()
    await rm(agent.stateDir, { recursive: true })
    await agent.start()
    await agent.ready()
    t.equal(await colourServed(host), 'green', 'no start moves traffic')
    t.match(agent.output(), /app: no state was found, but (Nginx serves|what is on disk says) green; that is taken over/)
    t.equal(await agreement(t, host), 'green')
    t.match(await agent.call('POST', '/v1/services/app/rollback'), { status: 422, body: { code: 'nothing_to_roll_back', detail: /switch app blue/ } })
    t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'blue' }), { status: 200 })
    t.equal(await agreement(t, host), 'blue')

    await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
    await agent.kill()
    await nginx.stop()
    await rm(agent.stateDir, { recursive: true })
    await agent.start()
    await nginx.start()
    await agent.ready()
    t.equal(await agreement(t, host), 'green', 'also with Nginx down, from what is on disk')
  })
}

t.test('the state directory is lost during maintenance: the page stays', async (t) => {
  await using host = await testEdgeHost()
  const { agent } = host
  await agent.call('POST', '/v1/services/app/maintenance', { on: true })
  await agent.kill()
  await rm(agent.stateDir, { recursive: true })
  await agent.start()
  await agent.ready()
  t.equal((await fetch(host.url)).status, 503, 'no start ends a maintenance')
  t.match((await agent.call('GET', '/v1/services/app')).body, { live: 'blue', maintenance: true })
  t.match(await agent.call('POST', '/v1/services/app/maintenance', { on: false }), { status: 200 })
  t.equal(await agreement(t, host), 'blue')
})
