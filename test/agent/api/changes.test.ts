import t, { type Test } from 'tap'
import type { InjectOptions } from 'fastify'
import { Problem } from '../../../shared/errors/problem.ts'
import { errors } from '../../../agent/errors.ts'
import { testApi, type TestApi } from '../../support/api.ts'

async function started(t: Test): Promise<TestApi & { call(options: InjectOptions): ReturnType<typeof call> }> {
  const api = await testApi()
  t.after(() => api[Symbol.asyncDispose]())
  const token = await api.token({ name: 'ci', role: 'operator' })
  return { ...api, call: (options) => call(api, token, options) }
}

async function call(api: TestApi, token: string, options: InjectOptions) {
  return api.app.inject({ method: 'POST', ...options, headers: { authorization: `Bearer ${token}`, ...options.headers } })
}

t.test('a switch answers with the proven operation, by body or by query', async (t) => {
  const api = await started(t)
  const byBody = await api.call({ url: '/v1/services/app/switch', payload: { to: 'green', reason: 'release 42' } })
  t.equal(byBody.statusCode, 200)
  t.match(byBody.json(), { service: 'app', kind: 'switch', to: 'green', outcome: 'succeeded', reason: 'release 42', actor: 'token:ci' })
  t.equal(byBody.headers['location'], `/v1/operations/${byBody.json().id}`)
  const byQuery = await api.call({ url: '/v1/services/app/switch?to=blue&dry_run=true&reason=a%20test' })
  t.equal(byQuery.statusCode, 200)
  t.match(byQuery.json(), { to: 'blue', dry_run: true, reason: 'a test' })
  const mixed = await api.call({ url: '/v1/services/app/switch?to=blue&force=true', payload: { reason: 'both' } })
  t.match(mixed.json(), { to: 'blue', force: true, reason: 'both' })
})

t.test('an empty body of type JSON is no body, as curl sends it with a header too many', async (t) => {
  const api = await started(t)
  const response = await api.call({ url: '/v1/services/app/switch?to=green', headers: { 'content-type': 'application/json' } })
  t.equal(response.statusCode, 200)
})

t.test('a member that is given twice is refused, not guessed', async (t) => {
  const api = await started(t)
  for (const request of [
    { url: '/v1/services/app/switch?to=green', payload: { to: 'blue' } },
    { url: '/v1/services/app/switch?to=green&to=blue' },
  ]) {
    const response = await api.call(request)
    t.equal(response.statusCode, 400)
    t.match(response.json().detail, /query\.to: is given twice/)
  }
  t.equal(api.switching.changes.length, 0)
})

t.test('every fault of a request is named at once, with its place', async (t) => {
  const api = await started(t)
  const response = await api.call({ url: '/v1/services/app/switch', payload: { to: 'red', dryrun: true, reason: 'a\u0007' } })
  t.equal(response.statusCode, 400)
  t.equal(response.headers['content-type'], 'application/problem+json')
  const { code, detail, faults } = response.json()
  t.equal(code, 'request_invalid')
  t.match(detail, /body\.to: must be one of blue, green/)
  t.match(detail, /body\.dryrun: is not known; known are to, reason, dry_run, force/)
  t.match(detail, /body\.reason: must be text without control characters/)
  t.equal(faults.length, 3)
  t.match((await api.call({ url: '/v1/services/app/switch' })).json().detail, /body\.to: is missing/)
  t.match((await api.call({ url: '/v1/services/app/switch?too=green' })).json().detail, /body\.too: is not known/)
  t.equal(api.switching.changes.length, 0, 'a misspelt dry_run switches nothing')
})

t.test('a body that is not a JSON object of UTF-8 is refused with the reason', async (t) => {
  const api = await started(t)
  const json = { 'content-type': 'application/json' }
  const cases: [InjectOptions, number, RegExp][] = [
    [{ payload: '{"to":', headers: json }, 400, /The body is not JSON/],
    [{ payload: Buffer.from([0x22, 0xff, 0x22]), headers: json }, 400, /not UTF-8/],
    [{ payload: '["green"]', headers: json }, 400, /must be object/],
    [{ payload: 'null', headers: json }, 400, /body: needs to, reason, dry_run, force/],
    [{ payload: '{"to":"green","__proto__":{"force":true}}', headers: json }, 400, /__proto__: is not known/],
    [{ payload: 'to=green', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415, /Content-Type: application\/json/],
    [{ payload: '{"to":"green"}', headers: { 'content-type': 'application/json; charset=latin1' } }, 415, /must be JSON/],
    [{ payload: `{"to":"green","reason":"${'x'.repeat(70_000)}"}`, headers: json }, 413, /larger than 65536 bytes/],
  ]
  for (const [options, status, detail] of cases) {
    const response = await api.call({ url: '/v1/services/app/switch', ...options })
    t.equal(response.statusCode, status, detail.source)
    t.match(response.json().detail, detail)
  }
  t.equal(api.switching.changes.length, 0)
})

t.test('rollback goes to the previous colour, and says so when there is none', async (t) => {
  const api = await started(t)
  const early = await api.call({ url: '/v1/services/app/rollback' })
  t.equal(early.statusCode, 422)
  t.equal(early.json().code, 'nothing_to_roll_back')
  await api.call({ url: '/v1/services/app/switch?to=green' })
  const response = await api.call({ url: '/v1/services/app/rollback', payload: { reason: 'errors' } })
  t.match(response.json(), { kind: 'rollback', to: 'blue', outcome: 'succeeded' })
})

t.test('maintenance goes on, on for all but pinned clients, and off', async (t) => {
  const api = await started(t)
  await api.call({ url: '/v1/services/app/maintenance?on=true' })
  await api.call({ url: '/v1/services/app/maintenance', payload: { on: true, pinned_through: true } })
  await api.call({ url: '/v1/services/app/maintenance?on=false' })
  t.strictSame(api.switching.changes.map(({ detail }) => detail), ['on', 'pinned_through', 'off'])
})

t.test('a pool takes host:port only, never text for Nginx', async (t) => {
  const api = await started(t)
  const put = (servers: unknown, url = '/v1/services/app/pools/green') => api.call({ method: 'PUT', url, payload: { servers } })
  t.equal((await put(['127.0.0.1:4001', '[::1]:4002', 'app-2.internal:80'])).statusCode, 200)
  for (const server of ['127.0.0.1', '127.0.0.1:0', '127.0.0.1:65536', 'a:1; include /etc/passwd', 'a:1 weight=5', 'a b:1', '$host:80', 'unix:/x', 'a:1\n', '999.1.1.1:80']) {
    const response = await put([server])
    t.equal(response.statusCode, 400, server)
    t.match(response.json().detail, /body\.servers\.0: must be host:port/)
  }
  t.equal((await put([])).statusCode, 400)
  t.equal((await put(['a:1', 'a:1'])).statusCode, 400)
  t.equal((await put(['a:1'], '/v1/services/app/pools/red')).statusCode, 400)
  t.equal((await put(['a:1'], '/v1/services/app/pools/blue')).json().code, 'pool_live')
  t.equal(api.switching.changes.length, 1)
})

t.test('If-Match lets the change through only at that revision', async (t) => {
  const api = await started(t)
  const { headers } = await api.call({ method: 'GET', url: '/v1/services/app' })
  t.equal(headers['etag'], '"1"')
  const go = (etag: string) => api.call({ url: '/v1/services/app/switch?to=green', headers: { 'if-match': etag } })
  t.equal((await go('"7"')).statusCode, 412)
  t.equal((await go('"1"')).statusCode, 200)
  t.equal((await go('"1"')).statusCode, 412)
  t.equal((await go('*')).statusCode, 200)
  for (const odd of ['1', 'W/"1"', '"1", "2"', '"x"']) t.equal((await go(odd)).statusCode, 400, odd)
})

t.test('an Idempotency-Key replays the first answer for the same request, whatever its form', async (t) => {
  const api = await started(t)
  const headers = { 'idempotency-key': 'deploy-42' }
  const first = await api.call({ url: '/v1/services/app/switch', payload: { to: 'green', reason: 'r' }, headers })
  const again = await api.call({ url: '/v1/services/app/switch?reason=r&to=green', headers })
  t.equal(again.json().id, first.json().id)
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.notOk(first.headers['idempotency-replayed'])
  const other = await api.call({ url: '/v1/services/app/switch?to=blue', headers })
  t.equal(other.statusCode, 422)
  t.equal(other.json().code, 'idempotency_mismatch')
  t.equal((await api.call({ url: '/v1/services/app/switch?to=blue', headers: { 'idempotency-key': 'a b' } })).statusCode, 400)
  t.equal(api.switching.changes.length, 1)
  t.equal(api.switching.changes[0]?.request.idempotency_key, 'token:ci deploy-42', 'two callers may use the same key')
})

t.test('Prefer: respond-async answers at once, and the operation ends by itself', async (t) => {
  const api = await started(t)
  const { promise, resolve } = Promise.withResolvers<void>()
  api.switching.hold = promise
  const response = await api.call({ url: '/v1/services/app/switch?to=green', headers: { prefer: 'wait=1, respond-async' } })
  t.equal(response.statusCode, 202)
  t.equal(response.headers['preference-applied'], 'respond-async')
  const url = response.headers['location'] ?? ''
  t.equal((await api.call({ method: 'GET', url })).json().outcome, null)
  const busy = await api.call({ url: '/v1/services/app/switch?to=blue' })
  t.equal(busy.statusCode, 409)
  t.equal(busy.json().operation, response.json().id)
  resolve()
  await promise
  t.equal((await api.call({ method: 'GET', url })).json().outcome, 'succeeded')
})

t.test('a gate that refused is answered as a problem: which gate, why, and the operation', async (t) => {
  const api = await started(t)
  api.switching.problem = new Problem(errors.gateRefused, 'health: 127.0.0.1:1: connection refused')
  const response = await api.call({ url: '/v1/services/app/switch?to=green' })
  t.equal(response.statusCode, 422)
  t.equal(response.headers['content-type'], 'application/problem+json')
  const problem = response.json()
  t.match(problem, { type: '/errors#gate_refused', code: 'gate_refused', status: 422, gates: [{ name: 'health', passed: false }] })
  t.equal(response.headers['location'], `/v1/operations/${problem.operation}`)
})

t.test('a pin is a cookie by the names that Nginx reads', async (t) => {
  const api = await started(t)
  const pin = await api.call({ url: '/v1/services/web-shop/pin', payload: { to: 'green' } })
  t.strictSame(pin.json(), {
    cookie: { name: 'greenroom_web_shop', value: 'green', max_age_s: 600, path: '/' },
    set_cookie: 'greenroom_web_shop=green; Path=/; Max-Age=600; HttpOnly; SameSite=Lax',
  })
  const unpin = await api.call({ url: '/v1/services/web-shop/pin', payload: { to: null } })
  t.match(unpin.json().set_cookie, 'greenroom_web_shop=; Path=/; Max-Age=0')
  t.equal((await api.call({ url: '/v1/services/web-shop/pin?to=blue' })).json().cookie.value, 'blue')
})
