import t from 'tap'
import { healthGate } from '../../../agent/gates/health.ts'
import { healthConfig } from '../../support/health-config.ts'
import { freePort } from '../../support/ports.ts'
import { httpServer, tcpServer, type TestServer } from '../../support/servers.ts'
import { until } from '../../support/until.ts'

const { signal } = new AbortController()

/** A server that answers its requests with these statuses, the last one for ever. */
function answering(...statuses: number[]): Promise<TestServer & { asked(): number }> {
  let asked = 0
  return httpServer((_, response) => {
    response.writeHead(statuses[Math.min(asked++, statuses.length - 1)] ?? 500).end('hello')
  }).then((server) => Object.assign(server, { asked: () => asked }))
}

t.test('passes when every server is healthy as many times in a row as asked', async (t) => {
  await using one = await answering(200)
  await using two = await answering(503, 200, 503, 200, 200, 200, 200)
  const result = await healthGate(healthConfig(), [one.address, two.address]).check(signal)
  t.match(result, { name: 'health', passed: true })
  t.match(result.detail, new RegExp(`${one.address}: status 200 in \\d+ ms, 3 times in a row; ${two.address}: status 200`))
  t.equal(one.asked(), 3)
  t.equal(two.asked(), 6)
  t.notOk('advisory' in result)
})

t.test('refuses as soon as one server failed as many times in a row as configured', async (t) => {
  await using well = await answering(200)
  const closed = `127.0.0.1:${await freePort()}`
  const gate = healthGate(healthConfig({ successes: 100, interval: 20, deadline: 60_000 }), [well.address, closed], { pool: 'green' })
  const result = await gate.check(signal)
  t.equal(result.passed, false)
  t.match(result.detail, `${closed}: connection refused (is the green pool running?), 3 times in a row; ${well.address}: only `)
  t.ok(well.asked() < 10)
})

t.test('a server that comes and goes does not pass, and the deadline ends the wait', async (t) => {
  let asked = 0
  await using flapping = await httpServer((_, response) => response.writeHead(asked++ % 3 === 2 ? 500 : 200).end())
  const result = await healthGate(healthConfig({ deadline: 200 }), [flapping.address]).check(signal)
  t.equal(result.passed, false)
  t.match(result.detail, /only [0-2] of 3 successes in a row when the gate ended; the last of \d+ checks: status (200 in|500 instead of 200)/)
})

t.test('a server that accepts and never answers fails by its timeout', async (t) => {
  await using hanging = await tcpServer()
  const result = await healthGate(healthConfig({ timeout: 200 }), [hanging.address]).check(signal)
  t.equal(result.passed, false)
  t.match(result.detail, 'connected, but no answer within 200ms, 3 times in a row')
  await until('its connections are closed', () => hanging.sockets.size === 0)
})

t.test('the deadline ends checks under way, and leaves nothing open', async (t) => {
  await using hanging = await tcpServer()
  const started = performance.now()
  const result = await healthGate(healthConfig({ timeout: 60_000, deadline: 50 }), [hanging.address]).check(signal)
  t.match(result, { passed: false, detail: `${hanging.address}: no check was finished when the gate ended` })
  t.ok(performance.now() - started < 2000)
  await until('its connections are closed', () => hanging.sockets.size === 0)
})

t.test('no more requests are in flight at a time than the bound, and every server gets its turn', async (t) => {
  let inFlight = 0
  let most = 0
  const asked = new Set<string>()
  await using server = await httpServer((request, response) => {
    most = Math.max(most, ++inFlight)
    asked.add(String(request.headers.host))
    setTimeout(() => {
      inFlight--
      response.end()
    }, 5)
  })
  // All of 127.0.0.0/8 reaches a server on 127.0.0.1 only by that address, so the same server stands here forty times.
  const servers = Array.from({ length: 40 }, () => server.address)
  const result = await healthGate(healthConfig({ successes: 2 }), servers).check(signal)
  t.equal(result.passed, true)
  t.equal(most, 8)
  t.match(result.detail, /and 30 more$/)
})

t.test('a pool without servers does not pass', async (t) => {
  t.match(await healthGate(healthConfig(), []).check(signal), { passed: false, detail: 'the pool has no servers' })
})

t.test('an aborted gate ends with the signal’s reason and closes its connections', async (t) => {
  await using hanging = await tcpServer()
  const stop = new AbortController()
  const checked = healthGate(healthConfig({ timeout: 60_000, deadline: 60_000 }), [hanging.address]).check(stop.signal)
  await until('it asks', () => hanging.sockets.size === 1)
  const reason = new Error('the agent is stopping')
  stop.abort(reason)
  await t.rejects(checked, reason)
  await until('its connections are closed', () => hanging.sockets.size === 0)
})

t.test('an advisory gate says so', async (t) => {
  await using ill = await answering(500)
  const gate = healthGate(healthConfig({ failures: 1 }), [ill.address], { advisory: true })
  t.match(await gate.check(signal), { passed: false, advisory: true })
  t.match(gate.describe(), /only warns/)
})

t.test('the description says what will be asked of whom', async (t) => {
  t.equal(
    healthGate(healthConfig({ status: [200, 204] }), ['10.0.0.1:80', '10.0.0.2:80']).describe(),
    'GET http://{10.0.0.1:80, 10.0.0.2:80}/healthz: status 200 or 204, 3 times in a row from each server, within 10s',
  )
})
