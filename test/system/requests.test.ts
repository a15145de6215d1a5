import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { agreement } from '../support/agreement.ts'
import { testEdgeHost } from '../support/edge-host.ts'
import { until } from '../support/until.ts'

const SWITCH = '/v1/services/app/switch'

t.test('If-Match: only the revision that was read may be changed; the refusal tells the one that is', async (t) => {
  await using host = await testEdgeHost()
  const { agent } = host
  const read = await agent.call('GET', '/v1/services/app')
  const etag = read.headers.get('etag') ?? ''
  t.equal(etag, `"${read.body.revision}"`)
  t.match(await agent.call('POST', SWITCH, { to: 'green' }, { 'if-match': etag }), { status: 200 })
  t.match(await agent.call('POST', SWITCH, { to: 'blue' }, { 'if-match': etag }), { status: 412, body: { code: 'revision_mismatch', revision: read.body.revision + 1 } })
  t.match(await agent.call('PUT', '/v1/services/app/pools/blue', { servers: ['127.0.0.1:9'] }, { 'if-match': etag }), { status: 412 })
  t.match(await agent.call('POST', SWITCH, { to: 'blue' }, { 'if-match': '*' }), { status: 200 })
  t.equal(await agreement(t, host), 'blue')
})

t.test('Idempotency-Key: the first answer again, and no second switch; also after kill -9 of the agent', async (t) => {
  await using host = await testEdgeHost()
  const { agent } = host
  const key = { 'idempotency-key': 'release-42' }
  const both = await Promise.all([agent.call('POST', SWITCH, { to: 'green' }, key), agent.call('POST', SWITCH, { to: 'green' }, key)])
  t.match(both, [{ status: 200 }, { status: 200 }], 'two at once are one')
  const [first] = both
  t.equal(both[0].body.id, both[1].body.id)
  t.match(await agent.call('POST', '/v1/services/app/rollback'), { status: 200 })
  const again = await agent.call('POST', SWITCH, { to: 'green' }, key)
  t.same(again.body, first.body)
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.match(await agent.call('POST', SWITCH, { to: 'blue' }, key), { status: 422, body: { code: 'idempotency_mismatch', operation: first.body.id } })

  await agent.restart('SIGKILL')
  const after = await agent.call('POST', SWITCH, { to: 'green' }, key)
  t.equal(after.body.id, first.body.id)
  t.equal(after.headers.get('idempotency-replayed'), 'true')
  t.equal(await agreement(t, host), 'blue', 'nothing was switched again')
})

t.test('Idempotency-Key of a switch that kill -9 interrupted: asked again, the answer is how it ended', async (t) => {
  await using host = await testEdgeHost()
  const { agent } = host
  const key = { 'idempotency-key': 'release-43' }
  await agent.kill()
  await agent.startDoomed('prove')
  await agent.ready()
  await agent.call('POST', SWITCH, { to: 'green' }, key).catch(() => null)
  await agent.ended()
  await agent.start()
  await agent.ready()
  const again = await agent.call('POST', SWITCH, { to: 'green' }, key)
  t.match(again, { status: 200, body: { outcome: 'succeeded', to: 'green' } })
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.equal(await agreement(t, host), 'green')
})

t.test('Prefer: respond-async: 202 and a Location that tells the outcome', async (t) => {
  await using host = await testEdgeHost({ app: { health: { path: '/healthz', successes: 2, interval: '150ms' } } })
  const { agent } = host
  const taken = await agent.call('POST', SWITCH, { to: 'green' }, { prefer: 'respond-async' })
  t.match(taken, { status: 202, body: { outcome: null } })
  const location = taken.headers.get('location') ?? ''
  t.equal(location, `/v1/operations/${taken.body.id}`)
  const ended = await until('it has ended', async () => {
    const { body } = await agent.call('GET', location)
    return body.outcome === null ? null : body
  })
  t.match(ended, { id: taken.body.id, outcome: 'succeeded', gates: [{ name: 'health', passed: true }] })
  t.equal(await agreement(t, host), 'green')
})

for (const strategy of ['instant', 'reload']) {
  t.test(`a dry run (${strategy}) runs the gates, shows ${strategy === 'reload' ? 'the difference' : 'that no file changes'}, and changes nothing`, async (t) => {
    await using host = await testEdgeHost({ app: { strategy } })
    const { agent, nginx, apps } = host
    const http = join(nginx.includeDir, 'http.conf')
    const before = { text: await readFile(http, 'utf8'), pid: await nginx.masterPid(), errors: (await nginx.errors()).match(/reconfiguring/g)?.length }
    const dry = await agent.call('POST', SWITCH, { to: 'green', dry_run: true })
    t.match(dry, { status: 200, body: { dry_run: true, outcome: 'succeeded', gates: [{ name: 'health', passed: true }] } })
    if (strategy === 'reload') t.match(dry.body.diff, new RegExp(`^-.*server ${apps.blue.server};\n(.*\n)*\\+.*server ${apps.green.server};`, 'm'))
    else t.equal(dry.body.diff, '')
    t.equal(await readFile(http, 'utf8'), before.text)
    t.equal((await nginx.errors()).match(/reconfiguring/g)?.length, before.errors, 'no reload')
    t.match(await agent.call('GET', '/v1/services/app'), { body: { live: 'blue', revision: 1 } })
    await apps.green.setHealthy(false)
    t.match(await agent.call('POST', `${SWITCH}?to=green&dry_run=true`), { status: 422, body: { code: 'gate_refused' } })
    t.equal(await agreement(t, host), 'blue')
  })
}
