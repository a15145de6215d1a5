import { once } from 'node:events'
import { connect } from 'node:net'
import * as fc from 'fast-check'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { LIMITS, listen } from '../../../shared/api/listen.ts'
import { testApi } from '../../support/api.ts'
import { freePort } from '../../support/ports.ts'

const RUNS = 400

async function listening(t: Test, limits = LIMITS) {
  const port = await freePort()
  const api = await testApi({ api: () => `listen = ["127.0.0.1:${port}"]` })
  const server = await listen(api.app, api.config.api, pino({ level: 'silent' }), { limits })
  t.after(async () => {
    await server.close(0)
    await api[Symbol.asyncDispose]()
  })
  const tokens = { viewer: await api.token({ name: 'eye', role: 'viewer' }), operator: await api.token({ name: 'ci', role: 'operator' }) }
  return { ...api, ...tokens, send: (bytes: Uint8Array | string, patienceMs = 5000) => send(port, bytes, patienceMs) }
}

/** Sends bytes as they are and reads until the other side ends; the statuses of all answers. */
async function send(port: number, bytes: Uint8Array | string, patienceMs: number): Promise<{ statuses: number[]; text: string }> {
  const socket = connect({ port, host: '127.0.0.1' })
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  // A reset after the answer is an end too: the server does not read what it refuses.
  socket.on('error', () => {})
  // Half a request has no answer to wait for: then this side ends.
  socket.setTimeout(patienceMs, () => socket.end())
  socket.write(bytes)
  await once(socket, 'close')
  return { statuses: [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)), text }
}

const post = (path: string, lines: string[] = [], body = '') => [`POST ${path} HTTP/1.1`, 'Host: a', 'Connection: close', ...lines, '', body].join('\r\n')
const SWITCH = '/v1/services/app/switch?to=green'

t.test('smuggled, doubled and broken requests are refused as problems and change nothing', async (t) => {
  const api = await listening(t)
  const bearer = `Authorization: Bearer ${api.operator}`
  const cases: Record<string, string> = {
    'length and chunked': post(SWITCH, [bearer, 'Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
    'two lengths': post(SWITCH, [bearer, 'Content-Length: 0', 'Content-Length: 5'], 'hello'),
    'a length that is no number': post(SWITCH, [bearer, 'Content-Length: +5'], 'hello'),
    'a negative length': post(SWITCH, [bearer, 'Content-Length: -1']),
    'chunked, but not last': post(SWITCH, [bearer, 'Transfer-Encoding: chunked, identity'], '0\r\n\r\n'),
    'an unknown coding': post(SWITCH, [bearer, 'Transfer-Encoding: xchunked'], '0\r\n\r\n'),
    'a chunk size that is none': post(SWITCH, [bearer, 'Transfer-Encoding: chunked'], 'zz\r\n'),
    'a space before the colon': post(SWITCH, [bearer, 'Content-Length : 0']),
    'a folded header': post(SWITCH, [bearer, 'X-A: 1', ' Content-Length: 9']),
    'line feeds without returns': `POST ${SWITCH} HTTP/1.1\nHost: a\n${bearer}\n\n`,
    'a NUL in a header': post(SWITCH, [bearer, 'X-A: a\0b']),
    'a NUL in the path': post('/v1/services/app\0/switch?to=green', [bearer]),
    'a space in the path': post('/v1/services/app/switch ?to=green', [bearer]),
    'two credentials': post(SWITCH, [bearer, `Authorization: Bearer ${api.viewer}`]),
    'no host': `POST ${SWITCH} HTTP/1.1\r\n${bearer}\r\nConnection: close\r\n\r\n`,
    'two hosts': post(SWITCH, [bearer, 'Host: b']),
    'an unknown version': `POST ${SWITCH} HTTP/9.9\r\nHost: a\r\n${bearer}\r\n\r\n`,
    'no HTTP at all': '\x16\x03\x01\x02\x00\x01\x00',
    'a header that is too large': post(SWITCH, [bearer, `X-A: ${'a'.repeat(20_000)}`]),
    'a path that is too long': post(`/v1/services/${'a'.repeat(20_000)}/switch`, [bearer]),
  }
  for (const [name, bytes] of Object.entries(cases)) {
    const { statuses, text } = await api.send(bytes)
    t.ok(statuses.length === 1 && statuses.every((status) => status >= 400 && status < 500), `${name}: ${statuses.join(' ') || 'closed'}`)
    t.match(text, /content-type: application\/problem\+json/i, name)
    t.equal(api.switching.changes.length, 0, name)
  }
  t.match((await api.send(cases['a header that is too large'] ?? '')).statuses, [431])
})

t.test('a request inside the body of another stays its body', async (t) => {
  const api = await listening(t)
  const inner = post(SWITCH)
  const outer = ['GET /v1/services HTTP/1.1', 'Host: a', `Authorization: Bearer ${api.operator}`, `Content-Length: ${inner.length}`, 'Connection: close', '', inner].join('\r\n')
  t.strictSame((await api.send(outer)).statuses, [200])
  const second = ['GET /v1/services HTTP/1.1', 'Host: a', `Authorization: Bearer ${api.operator}`, '', inner].join('\r\n')
  t.strictSame((await api.send(second)).statuses, [200, 401], 'and one after another has no part in its credential')
  t.equal(api.switching.changes.length, 0)
})

t.test('a request that does not arrive in time is ended', async (t) => {
  const api = await listening(t, { ...LIMITS, headersTimeout: 100, requestTimeout: 100, connectionsCheckingInterval: 20 })
  const address = api.config.api.listen[0] ?? ''
  const socket = connect({ port: Number(address.split(':')[1]), host: '127.0.0.1' })
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  socket.write(`POST ${SWITCH} HTTP/1.1\r\nHost: a\r\nX-Slow: `)
  await once(socket, 'close')
  t.match(text, /^HTTP\/1\.1 408 /)
  t.match(text, /"code":"request_timeout"/)
})

t.test('no bytes whatever get past the credentials, or make a mistake of ours', async (t) => {
  const api = await listening(t)
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'get', 'A B', '')
  const part = fc.oneof(fc.constantFrom('v1', 'services', 'app', 'switch', 'rollback', 'pools', 'blue', '..', '.', '', '%2e%2e', '%2f', '%00', '%', '%zz', '%c0%af', 'operations', 'events', 'audit', '*', ';', '\\'), fc.string({ maxLength: 8 }))
  const path = fc.array(part, { maxLength: 8 }).map((parts) => `/${parts.join('/')}`)
  const query = fc.oneof(fc.constant(''), fc.constant('?to=green'), fc.string({ maxLength: 20 }).map((text) => `?${text}`))
  const header = fc.oneof(
    fc.tuple(fc.constantFrom('Authorization', 'Content-Type', 'Content-Length', 'Transfer-Encoding', 'If-Match', 'Idempotency-Key', 'Prefer', 'Expect', 'Upgrade', 'Connection', 'X-Forwarded-For', 'X-HTTP-Method-Override'), fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom('Bearer ', 'Bearer null', 'Bearer gr_ci_', 'Greenroom-HMAC-SHA256 key=ci', '0', '5', '-1', '1e3', 'chunked', 'application/json', '100-continue', 'websocket'))),
    fc.tuple(fc.string({ maxLength: 12 }), fc.string({ maxLength: 20 })),
  )
  const request = fc.tuple(method, path, query, fc.array(header, { maxLength: 6 }), fc.string({ maxLength: 60 }), fc.constantFrom('HTTP/1.1', 'HTTP/1.0'))
    .map(([verb, where, question, headers, body, version]) => Buffer.from([`${verb} ${where}${question} ${version}`, 'Host: a', 'Connection: close', ...headers.map(([name, value]) => `${name}: ${value}`), '', body].join('\r\n'), 'latin1'))
  await fc.assert(
    fc.asyncProperty(fc.oneof({ weight: 9, arbitrary: request }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) }), async (bytes) => {
      const { statuses } = await api.send(bytes, 30)
      return statuses.every((status) => status < 500)
    }),
    { numRuns: RUNS },
  )
  t.equal(api.switching.changes.length, 0)
})

t.test('no value of any type makes a mistake of ours, and only a documented body changes something', async (t) => {
  const api = await listening(t)
  const headers = { authorization: `Bearer ${api.operator}`, 'content-type': 'application/json' }
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom('green', 'blue', true, false, null, 0, -1, 1e308, '', 'GREEN', ' green', 'green\n', '\ud800', ['green'], { to: 'green' }))
  const name = fc.constantFrom('to', 'on', 'servers', 'reason', 'dry_run', 'force', 'pinned_through', '__proto__', 'constructor', 'toString', 'TO', 'extra')
  const body = fc.oneof(fc.array(fc.tuple(name, value), { maxLength: 5 }).map((members) => Object.fromEntries(members)), value)
  const call = fc.constantFrom(['POST', '/v1/services/app/switch'], ['POST', '/v1/services/app/rollback'], ['POST', '/v1/services/app/maintenance'], ['POST', '/v1/services/app/pin'], ['PUT', '/v1/services/app/pools/green'] ) as fc.Arbitrary<['POST' | 'PUT', string]>
  await fc.assert(
    fc.asyncProperty(call, body, async ([method, url], payload) => {
      const before = api.switching.changes.length
      const response = await api.app.inject({ method, url, headers, payload: JSON.stringify(payload) })
      if (response.statusCode >= 500) return false
      if (api.switching.changes.length === before) return true
      const change = api.switching.changes.at(-1)
      const plain = typeof payload === 'object' && payload !== null && !Array.isArray(payload)
      const known = plain && Object.keys(payload).every((key) => ['to', 'on', 'servers', 'reason', 'dry_run', 'force', 'pinned_through'].includes(key))
      return known && response.statusCode === 200 && ['blue', 'green'].includes(change?.to ?? '')
    }),
    { numRuns: RUNS },
  )
})

t.test('a viewer changes nothing, whatever is sent', async (t) => {
  const api = await listening(t)
  const path = fc.constantFrom('switch', 'rollback', 'maintenance', 'pin', 'pools/green', 'switch/', 'SWITCH', 'switch%2f', 'switch?', './switch', 'x/../switch')
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY')
  const query = fc.constantFrom('', '?to=green', '?on=true', '?to=green&_method=POST', '?to[]=green', '?to=green#x')
  const override = fc.constantFrom({}, { 'x-http-method-override': 'POST' }, { 'x-original-url': SWITCH }, { 'x-forwarded-for': 'unix' }, { authorization: 'Bearer x' })
  await fc.assert(
    fc.asyncProperty(method, path, query, override, async (verb, where, question, extra) => {
      const lines = [`${verb} /v1/services/app/${where}${question} HTTP/1.1`, 'Host: a', 'Connection: close', `Authorization: Bearer ${api.viewer}`, ...Object.entries(extra).map(([name, value]) => `${name}: ${value}`), 'Content-Length: 0', '', '']
      const { statuses } = await api.send(lines.join('\r\n'))
      return statuses.every((status) => status < 500) && api.switching.changes.length === 0
    }),
    { numRuns: RUNS },
  )
  t.equal(api.switching.changes.length, 0)
})
