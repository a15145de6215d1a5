import t from 'tap'
import { startApp } from '../../demo/app/server.ts'
import { startLoad } from '../../demo/load/load.ts'
import type { Operation } from '../../agent/switching/operation.ts'
import { agreement } from '../support/agreement.ts'
import { QUICK_HEALTH, testEdgeHost } from '../support/edge-host.ts'
import { freePort } from '../support/ports.ts'

for (const strategy of ['instant', 'reload']) {
  t.test(`50 requests for the same service at once (${strategy}): one wins, the others get 409 with its id`, async (t) => {
    await using host = await testEdgeHost({ app: { strategy, health: { path: '/healthz', successes: 3, interval: '300ms' } } })
    const { agent } = host
    for (const [round, to] of ['green', 'blue'].entries()) {
      const answers = await Promise.all(Array.from({ length: 50 }, async () => agent.call('POST', '/v1/services/app/switch', { to })))
      const won = answers.filter(({ status }) => status === 200)
      t.equal(won.length, 1)
      const id: string = won[0]?.body.id
      const lost = answers.filter(({ status }) => status !== 200)
      t.ok(lost.every(({ status, body }) => status === 409 && body.code === 'operation_in_progress' && body.operation === id && body.detail.includes(id)), 'and the sentence names it')
      t.equal(await agreement(t, host), to)
      t.equal((await agent.call('GET', '/v1/services/app')).body.revision, round + 2, 'one change, one revision')
    }
    const { body: audit } = await agent.call('GET', '/v1/audit?limit=500')
    t.equal(audit.entries.filter(({ type }: { type: string }) => type === 'attempt').length, 98, 'each refused attempt is in the audit log')
  })
}

t.test('two services at once both succeed, and no request of either fails', async (t) => {
  await using one = await startApp({ colour: 'blue', version: 'v1' })
  await using two = await startApp({ colour: 'green', version: 'v2' })
  const port = await freePort()
  await using host = await testEdgeHost({
    services: { shop: { pools: { blue: { servers: [one.server] }, green: { servers: [two.server] } }, health: QUICK_HEALTH, strategy: 'instant' } },
    nginx: { http: `server { listen 127.0.0.1:${port}; include greenroom/server/shop.con[f]; location / { proxy_pass http://$greenroom_shop; proxy_http_version 1.1; proxy_set_header Connection ""; } }` },
  })
  const { agent } = host
  await using load = await startLoad({ url: host.url, connections: 4, streams: 1, pauseMs: 2 })
  await using shop = await startLoad({ url: `http://127.0.0.1:${port}`, connections: 4, streams: 1, pauseMs: 2 })
  for (const to of ['green', 'blue', 'green', 'blue', 'green']) {
    const answers = await Promise.all(['app', 'shop'].map(async (name) => agent.call('POST', `/v1/services/${name}/switch`, { to })))
    for (const { status, body } of answers) t.match({ status, body: body as Operation }, { status: 200, body: { to, outcome: 'succeeded' } })
  }
  t.match(await load.stop(), { failed: 0, reasons: {}, streams: { cut: 0 } })
  t.match(await shop.stop(), { failed: 0, reasons: {}, streams: { cut: 0 } })
  t.equal(await agreement(t, host), 'green')
})

t.test('a switch by rename and a switch by reload at once: both succeed, one after the other', async (t) => {
  await using one = await startApp({ colour: 'blue', version: 'v1' })
  await using two = await startApp({ colour: 'green', version: 'v2' })
  const port = await freePort()
  await using host = await testEdgeHost({
    services: { shop: { pools: { blue: { servers: [one.server] }, green: { servers: [two.server] } }, health: QUICK_HEALTH, strategy: 'reload' } },
    nginx: { http: `server { listen 127.0.0.1:${port}; location / { proxy_pass http://shop; } }` },
  })
  const { agent } = host
  for (const to of ['green', 'blue', 'green']) {
    const answers = await Promise.all(['app', 'shop'].map(async (name) => agent.call('POST', `/v1/services/${name}/switch`, { to })))
    for (const { status, body } of answers) t.match({ status, body: body as Operation }, { status: 200, body: { to, outcome: 'succeeded' } })
    t.match(await (await fetch(`http://127.0.0.1:${port}/`)).text(), new RegExp(`^${to}`))
  }
  t.equal(await agreement(t, host), 'green')
})
