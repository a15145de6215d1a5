import t from 'tap'
import { startApp } from '../../demo/app/server.ts'
import { agreement } from '../support/agreement.ts'
import { testEdgeHost } from '../support/edge-host.ts'

const served = async (url: string) => (await fetch(url)).text()

t.test('PUT pools: new servers serve after the next switch, the live pool needs force, and nothing but host:port goes in', async (t) => {
  await using host = await testEdgeHost()
  await using third = await startApp({ colour: 'green', version: 'v3' })
  const { agent, apps, url } = host
  const put = async (colour: string, body: object) => agent.call('PUT', `/v1/services/app/pools/${colour}`, body)
  t.match(await put('green', { servers: [third.server], dry_run: true }), { status: 200, body: { diff: new RegExp(`^-.*${apps.green.server}.*^\\+.*${third.server}`, 'ms') } })
  t.match(await agent.call('GET', '/v1/services/app'), { body: { pools: { green: { servers: [apps.green.server] } } } }, 'a dry run changes nothing')
  t.match(await put('green', { servers: [third.server] }), { status: 200 })
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 200 })
  t.equal(await served(url), 'green v3\n')

  t.match(await put('green', { servers: [apps.green.server] }), { status: 422, body: { code: 'pool_live', detail: /Switch to blue first, or override with force/ } })
  t.equal(await served(url), 'green v3\n')
  t.match(await put('green', { servers: [apps.green.server], force: true }), { status: 200 })
  t.equal(await served(url), 'green v2\n')
  t.match(await put('blue', { servers: [apps.green.server] }), { status: 400, body: { detail: /already in the green pool of app/ } })
  for (const server of ['127.0.0.1', 'unix:/run/x.sock', '127.0.0.1:80; return 200', '127.0.0.1:3001 backup', '127.0.0.1:99999', '']) {
    t.match(await put('blue', { servers: [server] }), { status: 400, body: { code: 'request_invalid' } }, JSON.stringify(server))
  }
  await agent.restart()
  t.match(await agent.call('GET', '/v1/services/app'), { body: { pools: { green: { servers: [apps.green.server] } } } }, 'the pool outlives a restart')
  t.equal(await agreement(t, host), 'green')
})
