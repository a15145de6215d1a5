import { chmod } from 'node:fs/promises'
import t from 'tap'
import { hashToken } from '../../../shared/auth/token.ts'
import { revokeToken } from '../../../shared/auth/manage-tokens.ts'
import type { Role } from '../../../shared/auth/role.ts'
import { testApi } from '../../support/api.ts'

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

const CALLS = [
  ['GET', '/v1/services', 'viewer'],
  ['GET', '/v1/services/app', 'viewer'],
  ['GET', '/v1/operations', 'viewer'],
  ['GET', '/openapi.json', 'viewer'],
  ['POST', '/v1/services/app/rollback', 'rollback'],
  ['POST', '/v1/services/app/switch?to=green', 'operator'],
  ['POST', '/v1/services/app/maintenance?on=false', 'operator'],
  ['POST', '/v1/services/app/pin?to=green', 'operator'],
  ['PUT', '/v1/services/app/pools/blue', 'operator'],
  ['GET', '/v1/audit', 'admin'],
] as const
const ORDER: readonly Role[] = ['viewer', 'rollback', 'operator', 'admin']

t.test('each role may do its calls and no others', async (t) => {
  await using api = await testApi()
  for (const role of ORDER) {
    const token = await api.token({ name: role, role })
    for (const [method, url, least] of CALLS) {
      const response = await api.app.inject({ method, url, headers: bearer(token) })
      const may = ORDER.indexOf(role) >= ORDER.indexOf(least)
      t.equal(response.statusCode !== 403, may, `${role} ${method} ${url}: ${response.statusCode}`)
      if (!may) t.match(response.json(), { code: 'forbidden', detail: `token:${role} has role ${role}` })
    }
  }
})

t.test('without a credential only liveness, readiness and metrics answer', async (t) => {
  await using api = await testApi()
  for (const url of ['/healthz', '/readyz', '/metrics']) t.equal((await api.app.inject({ url })).statusCode, 200, url)
  for (const [method, url] of CALLS) {
    await using fresh = await testApi()
    const response = await fresh.app.inject({ method, url })
    t.equal(response.statusCode, 401, url)
    t.match(response.headers['www-authenticate'], /^Bearer .*Greenroom-HMAC-SHA256/)
  }
})

t.test('a token limited to some services neither sees nor changes others', async (t) => {
  await using api = await testApi()
  const all = await api.token({ name: 'all', role: 'operator' })
  const token = await api.token({ name: 'limited', role: 'operator', services: ['app'] })
  const call = (method: 'GET' | 'POST', url: string) => api.app.inject({ method, url, headers: bearer(token) })
  const other = await api.app.inject({ method: 'POST', url: '/v1/services/web-shop/switch?to=green', headers: bearer(all) })
  t.equal((await call('POST', '/v1/services/web-shop/switch?to=blue')).statusCode, 403)
  t.equal((await call('GET', '/v1/services/web-shop')).statusCode, 403)
  t.equal((await call('GET', '/v1/services/nothing')).statusCode, 403, 'nor learns which exist')
  t.strictSame((await call('GET', '/v1/services')).json().services.map(({ name }: { name: string }) => name), ['app'])
  t.equal((await call('GET', `/v1/operations/${other.json().id}`)).statusCode, 404)
  t.strictSame((await call('GET', '/v1/operations')).json().operations, [])
  t.equal((await call('GET', '/v1/operations?service=web-shop')).statusCode, 403)
  const [theirs, nobodys] = await Promise.all([other.json().id, 'nothing'].map((id) => call('GET', `/v1/operations?before=${id}`)))
  t.equal(theirs?.statusCode, nobodys?.statusCode, 'nor whose an id is')
  const own = await call('POST', '/v1/services/app/switch?to=green')
  t.equal(own.statusCode, 200)
  t.strictSame((await call('GET', '/v1/operations')).json().operations.map(({ id }: { id: string }) => id), [own.json().id])
})

t.test('the journal tells of all services, so a credential for some does not read it', async (t) => {
  await using api = await testApi()
  const audit = async (token: string) => api.app.inject({ url: '/v1/audit', headers: bearer(token) })
  const limited = await audit(await api.token({ name: 'limited', role: 'admin', services: ['app'] }))
  t.match(limited.json(), { code: 'forbidden', detail: /limited to app/ })
  t.equal((await audit(await api.token({ name: 'all', role: 'admin' }))).statusCode, 200)
})

t.test('expired and revoked tokens are refused, at once and by name', async (t) => {
  let now = Date.now()
  await using api = await testApi({ now: () => now })
  const short = await api.token({ name: 'short', role: 'viewer', expires_in_ms: 60_000 })
  const gone = await api.token({ name: 'gone', role: 'viewer' })
  const get = (token: string) => api.app.inject({ url: '/v1/services', headers: bearer(token) })
  t.equal((await get(short)).statusCode, 200)
  t.equal((await get(gone)).statusCode, 200)
  now += 60_000
  await revokeToken(api.tokensFile, 'gone')
  t.match((await get(short)).json(), { status: 401, detail: 'token:short is expired' })
  t.match((await get(gone)).json(), { status: 401, detail: 'token:gone is revoked' })
})

t.test('a name that every object has is nobody’s token', async (t) => {
  await using api = await testApi()
  for (const name of ['constructor', 'valueof', 'tostring', 'hasownproperty']) {
    const response = await api.app.inject({ url: '/v1/services', headers: bearer(`gr_${name}_${'A'.repeat(43)}`) })
    t.equal(response.statusCode, 401)
  }
})

t.test('ten wrong credentials a minute and address, then 429; a right one still passes', async (t) => {
  await using api = await testApi()
  const token = await api.token({ name: 'ci', role: 'viewer' })
  const wrong = bearer(`gr_ci_${'A'.repeat(43)}`)
  const attack = () => api.app.inject({ method: 'POST', url: '/v1/services/app/switch?to=green', headers: wrong })
  for (let n = 0; n < 10; n += 1) t.equal((await attack()).statusCode, 401)
  const limited = await attack()
  t.equal(limited.statusCode, 429)
  t.equal(limited.json().code, 'too_many_failures')
  t.match(Number(limited.headers['retry-after']), 60)
  t.equal((await api.app.inject({ url: '/v1/services', headers: bearer(token) })).statusCode, 200)
  const elsewhere = await api.app.inject({ url: '/v1/services', headers: wrong, remoteAddress: '192.0.2.7' })
  t.equal(elsewhere.statusCode, 401)
  t.equal(api.switching.attempts.length, 10, 'a guesser cannot fill the journal')
  t.match((await api.app.inject('/metrics')).body, /greenroom_credential_failures_total\{reason="unknown"\} 12/)
})

t.test('who has many addresses cannot fill the journal either; callers that are known stay in it', async (t) => {
  await using api = await testApi()
  const viewer = await api.token({ name: 'eye', role: 'viewer' })
  const attack = (remoteAddress: string, headers = {}) => api.app.inject({ method: 'POST', url: '/v1/services/app/switch?to=green', headers, remoteAddress })
  for (let n = 0; n < 100; n += 1) t.equal((await attack(`127.1.${n}.1`)).statusCode, 401)
  t.equal(api.switching.attempts.length, 60)
  await attack('127.0.0.1', bearer(viewer))
  t.equal(api.switching.attempts.at(-1)?.actor, 'token:eye')
})

t.test('a change that a page of another site asks for is refused, whatever the credential', async (t) => {
  await using api = await testApi()
  const headers = bearer(await api.token({ name: 'ci', role: 'operator' }))
  const ask = (page: Record<string, string>, method: 'GET' | 'POST' = 'POST', url = '/v1/services/app/switch?to=green') =>
    api.app.inject({ method, url, headers: { ...headers, host: 'edge1.example:9440', ...page } })
  for (const page of [{ origin: 'https://evil.example' }, { origin: 'https://edge1.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
    t.match((await ask(page)).json(), { status: 403, code: 'forbidden' }, JSON.stringify(page))
  }
  t.equal(api.switching.changes.length, 0)
  t.match(api.switching.attempts[0], { actor: 'token:ci', code: 'forbidden' })
  t.equal((await ask({ origin: 'https://edge1.example:9440', 'sec-fetch-site': 'same-origin' })).statusCode, 200)
  t.equal((await ask({ 'sec-fetch-site': 'none' })).statusCode, 200, 'typed by the user')
  t.equal((await ask({ 'sec-fetch-site': 'cross-site' }, 'GET', '/v1/services')).statusCode, 200, 'a link may lead here')
})

t.test('every refused attempt to change something is journaled, with who, from where and why', async (t) => {
  await using api = await testApi()
  const viewer = await api.token({ name: 'eye', role: 'viewer' })
  const operator = await api.token({ name: 'ci', role: 'operator' })
  const post = (url: string, headers = {}) => api.app.inject({ method: 'POST', url, headers, remoteAddress: '192.0.2.1' })
  await post('/v1/services/app/switch?to=green')
  await post('/v1/services/app/switch?to=green', bearer(viewer))
  await post('/v1/services/app/switch?to=red', bearer(operator))
  await post('/v1/services/nothing/rollback', bearer(operator))
  await post('/v1/services/app/switch?to=green', { ...bearer(operator), 'if-match': '"9"' })
  t.strictSame(api.switching.attempts.map(({ actor, source, path, status, code }) => [actor, source, path, status, code]), [
    ['anonymous', '192.0.2.1', '/v1/services/app/switch', 401, 'unauthenticated'],
    ['token:eye', '192.0.2.1', '/v1/services/app/switch', 403, 'forbidden'],
    ['token:ci', '192.0.2.1', '/v1/services/app/switch', 400, 'request_invalid'],
    ['token:ci', '192.0.2.1', '/v1/services/nothing/rollback', 404, 'service_unknown'],
    ['token:ci', '192.0.2.1', '/v1/services/app/switch', 412, 'revision_mismatch'],
  ])
  await api.app.inject({ url: '/v1/audit', headers: bearer(viewer) })
  t.equal(api.switching.attempts.length, 5, 'looking is no attempt to change')
})

t.test('a journal that cannot be written does not turn a refusal into an error', async (t) => {
  await using api = await testApi()
  api.switching.recordAttempt = async () => {
    throw new Error('no space left on device')
  }
  t.equal((await api.app.inject({ method: 'POST', url: '/v1/services/app/switch?to=green' })).statusCode, 401)
  t.match(api.logged(), /could not be journaled/)
})

t.test('a tokens file that turns bad is told by readyz while the old tokens work on', async (t) => {
  await using api = await testApi()
  const token = await api.token({ name: 'ci', role: 'viewer' })
  t.equal((await api.app.inject({ url: '/v1/services', headers: bearer(token) })).statusCode, 200)
  await chmod(api.tokensFile, 0o644)
  t.equal((await api.app.inject({ url: '/v1/services', headers: bearer(token) })).statusCode, 200)
  t.match((await api.app.inject('/readyz')).json(), { ready: true, problems: [/the log says why/] })
  t.match(api.logged(), /chmod 600/)
})

t.test('no secret reaches a log, an answer or the journal', async (t) => {
  await using api = await testApi()
  const token = await api.token({ name: 'ci', role: 'operator' })
  const secret = token.slice(-43)
  const seen: string[] = []
  for (const headers of [bearer(token), bearer(`${token}x`), { authorization: `Basic ${secret}` }, { ...bearer(token), 'if-match': secret }]) {
    for (const [method, url] of CALLS) seen.push((await api.app.inject({ method, url, headers })).body)
  }
  t.notMatch(seen.join(''), secret)
  t.notMatch(api.logged(), secret)
  t.notMatch(api.logged(), hashToken(token))
  t.notMatch(JSON.stringify([api.switching.attempts, api.switching.changes]), secret)
})
