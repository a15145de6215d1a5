import { once } from 'node:events'
import t from 'tap'
import { startHealthMonitor, type HealthChange, type MonitorTarget } from '../../../agent/gates/monitor.ts'
import { healthConfig } from '../../support/health-config.ts'
import { freePort } from '../../support/ports.ts'
import { httpServer, tcpServer } from '../../support/servers.ts'
import { until } from '../../support/until.ts'

function target(servers: string[], settings: Parameters<typeof healthConfig>[0] = {}): MonitorTarget {
  return { service: 'app', colour: 'green', health: healthConfig(settings), servers }
}

/** Keeps the changes; `to` resolves at the first whose new state is this. */
function changes() {
  const seen: HealthChange[] = []
  return { seen, onChange: (change: HealthChange) => seen.push(change), to: (state: string) => until(`a change to ${state}`, () => seen.find(({ now }) => now.state === state)) }
}

t.test('the first check decides, and says what it found and when', async (t) => {
  await using well = await httpServer((_, response) => response.end())
  const closed = `127.0.0.1:${await freePort()}`
  await using monitor = startHealthMonitor(() => [target([well.address, closed], { monitor_interval: 60_000 })], { now: () => new Date(0) })
  t.same(monitor.pool('app', 'green', [well.address]), {
    state: 'unknown',
    servers: [{ server: well.address, state: 'unknown', detail: null, checked_at: null, latency_ms: null }],
  })
  await until('both are checked', () => monitor.pool('app', 'green', [well.address, closed]).servers.every(({ state }) => state !== 'unknown'))
  const { state, servers } = monitor.pool('app', 'green', [well.address, closed])
  t.equal(state, 'unhealthy')
  t.match(servers[0], { state: 'healthy', detail: /^status 200/, checked_at: '1970-01-01T00:00:00.000Z', latency_ms: Number })
  t.match(servers[1], { state: 'unhealthy', detail: 'connection refused', latency_ms: null })
  t.equal(monitor.pool('app', 'green', [well.address]).state, 'healthy')
  t.equal(monitor.pool('app', 'blue', [well.address]).state, 'unknown')
})

t.test('after that it takes failures and successes in a row to change the state', async (t) => {
  let asked = 0
  // Healthy at first; then ill in pairs, which is no change; then ill three times in a row; then well.
  const ill = new Set([3, 4, 6, 7, 9, 10, 11])
  await using server = await httpServer((_, response) => response.writeHead(ill.has(++asked) ? 500 : 200).end())
  const { seen, onChange, to } = changes()
  let askedWhenIll = 0
  await using monitor = startHealthMonitor(() => [target([server.address], { monitor_interval: 5, successes: 2, failures: 3 })], {
    onChange: (change) => {
      onChange(change)
      if (change.now.state === 'unhealthy') askedWhenIll = asked
    },
  })
  await to('unhealthy')
  t.equal(askedWhenIll, 11)
  await until('it is healthy again', () => monitor.pool('app', 'green', [server.address]).state === 'healthy')
  t.same(seen.map(({ before, now }) => `${before} ${now.state}`), ['unknown healthy', 'healthy unhealthy', 'unhealthy healthy'])
  t.match(seen[1], { service: 'app', colour: 'green', now: { server: server.address, detail: 'status 500 instead of 200' } })
})

t.test('servers that come and go with a pool are checked and forgotten', async (t) => {
  await using one = await httpServer((_, response) => response.end())
  await using two = await httpServer((_, response) => response.end())
  let servers = [one.address]
  await using monitor = startHealthMonitor(() => [target(servers, { monitor_interval: 60_000 })], { look: 5 })
  await until('the first is checked', () => monitor.pool('app', 'green', [one.address]).state === 'healthy')
  servers = [two.address]
  await until('the second is checked', () => monitor.pool('app', 'green', [two.address]).state === 'healthy')
  t.equal(monitor.pool('app', 'green', [one.address]).state, 'unknown')
})

t.test('an interval of zero is no check', async (t) => {
  let asked = 0
  await using watched = await httpServer((_, response) => response.end())
  await using silent = await httpServer((_, response) => {
    asked++
    response.end()
  })
  const targets = [target([silent.address], { monitor_interval: 0 }), { ...target([watched.address], { monitor_interval: 5 }), service: 'other' }]
  await using monitor = startHealthMonitor(() => targets)
  await until('the other service is checked', () => monitor.pool('other', 'green', [watched.address]).state === 'healthy')
  t.equal(asked, 0)
})

t.test('a server that hangs is asked once at a time, however short the interval', async (t) => {
  let connections = 0
  await using hanging = await tcpServer(() => connections++)
  await using monitor = startHealthMonitor(() => [target([hanging.address], { monitor_interval: 1, timeout: 100 })], { look: 5 })
  await until('it is found ill', () => monitor.pool('app', 'green', [hanging.address]).state === 'unhealthy')
  t.ok(connections <= 2)
})

t.test('stopping ends checks under way at once', async (t) => {
  await using hanging = await tcpServer()
  const monitor = startHealthMonitor(() => [target([hanging.address], { timeout: 60_000 })])
  await until('it asks', () => hanging.sockets.size === 1)
  const [socket] = hanging.sockets
  const closed = socket && once(socket, 'close')
  await monitor[Symbol.asyncDispose]()
  await closed
  t.equal(monitor.pool('app', 'green', [hanging.address]).state, 'unknown')
})
