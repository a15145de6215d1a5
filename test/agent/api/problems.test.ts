import { writeFile } from 'node:fs/promises'
import t from 'tap'
import { Problem } from '../../../shared/errors/problem.ts'
import { errors } from '../../../agent/errors.ts'
import { testApi } from '../../support/api.ts'

t.test('a path that does not exist is 404, a method that does not is 405 with Allow', async (t) => {
  await using api = await testApi()
  for (const url of ['/', '/v1', '/v1/services/app/', '/v1//services', '/v1/services/app/rollout', '/v1/services/app/drain', '/V1/services', '/healthz/', '/v1/services/app/pools/blue/x']) {
    const response = await api.app.inject({ url })
    t.equal(response.statusCode, 404, url)
    t.equal(response.headers['content-type'], 'application/problem+json')
    t.equal(response.json().code, 'route_unknown')
  }
  const cases = [
    ['GET', '/v1/services/app/switch', 'POST'],
    ['POST', '/v1/services', 'GET, HEAD'],
    ['DELETE', '/v1/services/app', 'GET, HEAD'],
    ['PATCH', '/v1/services/app/pools/blue', 'PUT'],
    ['OPTIONS', '/healthz', 'GET, HEAD'],
    ['HEAD', '/v1/events', 'GET'],
  ] as const
  for (const [method, url, allow] of cases) {
    const response = await api.app.inject({ method, url })
    t.equal(response.statusCode, 405, `${method} ${url}`)
    t.equal(response.headers['allow'], allow)
  }
  t.equal(api.switching.attempts.length, 0)
})

t.test('a path that is no text is refused, not a mistake of ours', async (t) => {
  await using api = await testApi()
  for (const url of ['/v1/services/%', '/v1/services/%zz', '/v1/services/%c0%af', '/v1/services/%ff']) {
    const response = await api.app.inject({ url })
    t.equal(response.statusCode, 400, url)
    t.equal(response.headers['content-type'], 'application/problem+json')
    t.equal(response.json().code, 'request_invalid')
  }
})

t.test('what nobody foresaw is 500 without its text, which is in the log', async (t) => {
  await using api = await testApi()
  const token = await api.token({ name: 'ci', role: 'operator' })
  api.switching.switchTo = () => {
    throw new TypeError('internals of the agent')
  }
  const response = await api.app.inject({ method: 'POST', url: '/v1/services/app/switch?to=green', headers: { authorization: `Bearer ${token}` } })
  t.equal(response.statusCode, 500)
  t.match(response.json(), { code: 'internal', detail: /reqId/ })
  t.notMatch(response.body, 'internals of the agent')
  t.match(api.logged(), /internals of the agent/)
})

t.test('a service that does not exist is named beside those that do', async (t) => {
  await using api = await testApi()
  const token = await api.token({ name: 'ci', role: 'operator' })
  for (const name of ['nothing', 'constructor', '__proto__', 'app%2fswitch', 'app%00', 'APP']) {
    const response = await api.app.inject({ url: `/v1/services/${name}`, headers: { authorization: `Bearer ${token}` } })
    t.match(response.json(), { status: 404, code: 'service_unknown', detail: /there are: app, web-shop/ })
  }
})

t.test('the facts of a problem are members of its document', async (t) => {
  await using api = await testApi()
  const token = await api.token({ name: 'ci', role: 'operator' })
  api.switching.problem = new Problem(errors.foreignEdit, 'somebody edited', { file: '/etc/nginx/x.conf', line: 3 })
  const response = await api.app.inject({ method: 'POST', url: '/v1/services/app/switch?to=green', headers: { authorization: `Bearer ${token}` } })
  t.match(response.json(), { type: '/errors#foreign_edit', file: '/etc/nginx/x.conf', line: 3 })
})

t.test('readyz says why not', async (t) => {
  await using api = await testApi()
  api.switching.readiness = { ready: false, problems: ['Nginx is not running. Start it.'] }
  const response = await api.app.inject('/readyz')
  t.equal(response.statusCode, 503)
  t.strictSame(response.json(), { ready: false, problems: ['Nginx is not running. Start it.'] })
})

t.test('readyz tells anybody that the tokens file is broken, and nobody what stands in it', async (t) => {
  await using api = await testApi()
  await writeFile(api.tokensFile, '[tokens.payroll]\nrole = "admin"\n', { mode: 0o600 })
  const response = await api.app.inject('/readyz')
  t.match(response.json(), { ready: true, problems: [/The tokens file cannot be used/] })
  t.notMatch(response.body, /payroll|tokens\.toml/)
  t.match(api.logged(), /tokens\.payroll/)
})
