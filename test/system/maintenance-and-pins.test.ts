import t from 'tap'
import { startLoad } from '../../demo/load/load.ts'
import { testEdgeHost } from '../support/edge-host.ts'

const UNHARMED = { failed: 0, reasons: {}, streams: { cut: 0, reasons: {} } }

const answered = async (url: string, cookie?: string) => {
  const answer = await fetch(url, cookie === undefined ? {} : { headers: { cookie } })
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), text: await answer.text() }
}

t.test('maintenance: the page with Retry-After for all, or for all but pinned testers; held streams are not cut', async (t) => {
  await using host = await testEdgeHost({ app: { maintenance: { retry_after: '90s' } } })
  const { agent, url } = host
  await using load = await startLoad({ url, connections: 0, streams: 3 })
  t.match(await agent.call('POST', '/v1/services/app/maintenance', { on: true }), { status: 200 })
  t.match(await answered(url), { status: 503, retryAfter: '90', text: /Down for maintenance/ })
  t.match(await answered(url, 'greenroom_app=green'), { status: 503 })
  t.match(await fetch(`${url}/any/path`, { method: 'POST', body: 'x'.repeat(100_000) }), { status: 503 })

  t.match(await agent.call('POST', '/v1/services/app/maintenance', { on: true, pinned_through: true }), { status: 200 })
  t.match(await answered(url), { status: 503 })
  t.match(await answered(url, 'greenroom_app=green'), { status: 200, text: /^green/ })
  t.match(await answered(url, 'greenroom_app=blue'), { status: 200, text: /^blue/ })
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 200 }, 'a switch behind the page')
  t.match(await answered(url), { status: 503 }, 'does not end it')
  await agent.restart('SIGKILL')
  t.match(await answered(url), { status: 503 }, 'nor does a restart')
  t.match(await agent.call('GET', '/v1/services/app'), { body: { live: 'green', maintenance: true, pinned_through: true } })

  t.match(await agent.call('POST', '/v1/services/app/maintenance', { on: false }), { status: 200 })
  t.match(await answered(url), { status: 200, text: /^green/ })
  t.match(await load.stop(), UNHARMED)
})

t.test('a pin cookie, as the agent gives it, leads to its colour through switches, until it is taken back', async (t) => {
  await using host = await testEdgeHost({ app: { pin_lifetime: '10m' } })
  const { agent, url } = host
  const { body: pin } = await agent.call('POST', '/v1/services/app/pin', { to: 'green' })
  t.match(pin, { cookie: { name: 'greenroom_app', value: 'green', max_age_s: 600, path: '/' }, set_cookie: 'greenroom_app=green; Path=/; Max-Age=600; HttpOnly; SameSite=Lax' })
  const cookie = `other=1; ${pin.cookie.name}=${pin.cookie.value}`
  t.match(await answered(url), { text: /^blue/ })
  t.match(await answered(url, cookie), { text: /^green/ }, 'a tester sees green before the switch')
  await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  await agent.call('POST', '/v1/services/app/rollback')
  t.match(await answered(url, cookie), { text: /^green/ })
  t.match(await answered(url, 'greenroom_app=yellow'), { text: /^blue/ }, 'a value that means nothing pins nothing')
  t.match(await agent.call('POST', '/v1/services/app/pin', { to: null }), { body: { set_cookie: /^greenroom_app=; .*Max-Age=0/ } })
})
