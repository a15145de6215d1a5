import { existsSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { connect, createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { listen, type Listening } from '../../../shared/api/listen.ts'
import { testApi, type TestApi, type TestApiOptions } from '../../support/api.ts'
import { freePort } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { authority as authorityIn } from '../../support/certificates.ts'

const log = pino({ level: 'silent' })

interface ListeningOptions extends Omit<TestApiOptions, 'api'> {
  readonly api: (directory: string, port: number) => string
}

async function listening(t: Test, options: ListeningOptions): Promise<TestApi & { listening: Listening; port: number; socket: string }> {
  const port = await freePort()
  const api = await testApi({ ...options, api: (directory) => options.api(directory, port) })
  const server = await listen(api.app, api.config.api, log)
  t.after(async () => {
    await server.close(0)
    await api[Symbol.asyncDispose]()
  })
  return { ...api, listening: server, port, socket: join(api.directory, 'api.sock') }
}

async function ask(options: RequestOptions & { ca?: Buffer; cert?: Buffer; key?: Buffer }): Promise<{ status: number | undefined; body: string; response: IncomingMessage }> {
  const request = (options.ca === undefined ? httpRequest : httpsRequest)({ agent: false, ...options })
  request.end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return { status: response.statusCode, body: await text(response), response }
}

/** What a TLS client trusts and shows. */
const shown = async (ca: string, certificate?: { cert: string; key: string }) => ({
  ca: await readFile(ca),
  ...(certificate === undefined ? {} : { cert: await readFile(certificate.cert), key: await readFile(certificate.key) }),
})

const both = (directory: string, port: number) => `listen = ["127.0.0.1:${port}", "unix:${join(directory, 'api.sock')}"]`

t.test('over the unix socket a caller is admin; over TCP the same call needs a credential', async (t) => {
  const api = await listening(t, { api: both })
  const switched = await ask({ socketPath: api.socket, method: 'POST', path: '/v1/services/app/switch?to=green' })
  t.equal(switched.status, 200)
  t.match(JSON.parse(switched.body), { actor: 'socket', source: 'unix' })
  t.equal((await ask({ socketPath: api.socket, path: '/v1/audit' })).status, 200)
  t.equal((await ask({ port: api.port, host: '127.0.0.1', method: 'POST', path: '/v1/services/app/switch?to=green' })).status, 401)
  const token = await api.token({ name: 'ci', role: 'operator' })
  const call = await ask({ port: api.port, host: '127.0.0.1', path: '/v1/services', headers: { authorization: `Bearer ${token}` } })
  t.equal(call.status, 200)
})

t.test('the unix socket is for its group only, from the first moment', async (t) => {
  const api = await listening(t, { api: both })
  t.equal((await stat(api.socket)).mode & 0o777, 0o660)
  await api.listening.close(0)
  t.notOk(existsSync(api.socket), 'and goes with the agent')
})

t.test('a stale socket is replaced; one that is answered on, and a file, are not', async (t) => {
  const api = await testApi({ api: (directory) => `listen = ["unix:${join(directory, 'api.sock')}"]` })
  t.after(() => api[Symbol.asyncDispose]())
  const path = join(api.directory, 'api.sock')
  await writeFile(path, 'not a socket')
  await t.rejects(listen(api.app, api.config.api, log), /is a file that is not a socket/)

  const again = await testApi({ api: () => `listen = ["unix:${join(api.directory, 'other.sock')}"]` })
  t.after(() => again[Symbol.asyncDispose]())
  const other = join(api.directory, 'other.sock')
  const owner = createServer().listen(other)
  await once(owner, 'listening')
  await t.rejects(listen(again.app, again.config.api, log), { code: 'address_unavailable', message: /is answered by another process/ })
  t.ok(existsSync(other))
  owner.close()
  await once(owner, 'close')

  // A socket whose owner was killed: the file stays.
  const stale = await testApi({ api: () => `listen = ["unix:${other}"]` })
  t.after(() => stale[Symbol.asyncDispose]())
  const { execa } = await import('execa')
  await execa('node', ['-e', `require('node:net').createServer().listen(${JSON.stringify(other)}, () => process.kill(process.pid, 'SIGKILL'))`], { reject: false })
  t.ok(existsSync(other))
  const server = await listen(stale.app, stale.config.api, log)
  t.equal((await ask({ socketPath: other, path: '/healthz' })).status, 200)
  await server.close(0)
})

t.test('a port that is taken is named with what to do, and nothing is left open', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  t.after(() => holder.close())
  const address = holder.address()
  const taken = typeof address === 'object' ? address?.port : 0
  const api = await testApi({ api: (directory) => `listen = ["unix:${join(directory, 'api.sock')}", "127.0.0.1:${taken}"]` })
  t.after(() => api[Symbol.asyncDispose]())
  await t.rejects(listen(api.app, api.config.api, log), { code: 'address_unavailable', message: new RegExp(`127\\.0\\.0\\.1:${taken} cannot be listened on: something else listens there`) })
  t.notOk(existsSync(join(api.directory, 'api.sock')))
})

t.test('a client certificate gives the role of its name, and no other certificate gives any', async (t) => {
  const files = t.testdir({ stranger: {} })
  const authority = await authorityIn(files)
  const stranger = await authorityIn(join(files, 'stranger'))
  const server = await authority.issue('server', 'DNS:localhost')
  const byDns = await authority.issue('x', 'DNS:deploy.example')
  const byCn = await authority.issue('Deploy Bot', 'DNS:other.example')
  const unknown = await authority.issue('somebody', 'DNS:other.example')
  const wildcard = await authority.issue('w', 'DNS:*.example')
  const foreign = await stranger.issue('deploy.example', 'DNS:deploy.example')
  const api = await listening(t, {
    api: (_directory, port) => `listen = ["127.0.0.1:${port}"]\ntls = { cert = "${server.cert}", key = "${server.key}", client_ca = "${authority.ca}" }`,
    tokens: `[certificates."deploy.example"]\nrole = "operator"\nservices = ["app"]\n[certificates."Deploy Bot"]\nrole = "viewer"\n[certificates."old.example"]\nrole = "admin"\nrevoked = "2025-01-01T00:00:00Z"\n`,
  })
  const call = async (certificate: typeof byDns | undefined, method = 'GET', path = '/v1/services', headers = {}) =>
    ask({ host: 'localhost', port: api.port, method, path, headers, ...(await shown(authority.ca, certificate)) })

  const switched = await call(byDns, 'POST', '/v1/services/app/switch?to=green')
  t.equal(switched.status, 200)
  t.match(JSON.parse(switched.body), { actor: 'certificate:deploy.example' })
  t.equal((await call(byDns, 'POST', '/v1/services/web-shop/switch?to=green')).status, 403)
  t.equal((await call(byCn)).status, 200)
  t.equal((await call(byCn, 'POST', '/v1/services/app/switch?to=green')).status, 403)
  for (const certificate of [unknown, wildcard, foreign, undefined]) {
    const response = await call(certificate)
    t.equal(response.status, 401, certificate?.cert ?? 'none')
  }
  t.match(JSON.parse((await call(foreign)).body).detail, /does not chain to api\.tls\.client_ca/)
  const token = await api.token({ name: 'ci', role: 'viewer' })
  t.equal((await call(undefined, 'GET', '/v1/services', { authorization: `Bearer ${token}` })).status, 200, 'a token needs no certificate')
  t.equal((await call(byDns, 'GET', '/v1/services', { authorization: `Bearer gr_ci_${'A'.repeat(43)}` })).status, 401, 'a wrong token is not saved by a certificate')
  const revoked = await authority.issue('old.example', 'DNS:other.example')
  t.match(JSON.parse((await call(revoked)).body), { status: 401, detail: /certificate:old\.example is revoked/ })
})

t.test('a client certificate is good for as long as it says, not for as long as the connection it came over', async (t) => {
  const files = t.testdir({})
  const authority = await authorityIn(files)
  const server = await authority.issue('server', 'DNS:localhost')
  const client = await authority.issue('deploy', 'DNS:deploy.example')
  const clock = { ms: Date.now() }
  const api = await listening(t, {
    api: (_directory, port) => `listen = ["127.0.0.1:${port}"]\ntls = { cert = "${server.cert}", key = "${server.key}", client_ca = "${authority.ca}" }`,
    tokens: '[certificates."deploy.example"]\nrole = "viewer"\n',
    now: () => clock.ms,
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const call = async () => ask({ host: 'localhost', port: api.port, path: '/v1/services', agent, ...(await shown(authority.ca, client)) })
  t.equal((await call()).status, 200)
  clock.ms += 3 * 24 * 3600_000
  t.match(JSON.parse((await call()).body), { status: 401, detail: /its time is over/ })
})

t.test('an expectation that nobody knows is passed over, and the answer is a problem document as ever', async (t) => {
  const api = await listening(t, { api: both })
  const { status, body } = await ask({ port: api.port, host: '127.0.0.1', path: '/v1/services', headers: { expect: 'nonsense' } })
  t.equal(status, 401)
  t.match(JSON.parse(body), { code: 'unauthenticated' })
})

t.test('TLS older than 1.3 is refused', async (t) => {
  const files = t.testdir({})
  const authority = await authorityIn(files)
  const server = await authority.issue('server', 'DNS:localhost')
  const api = await listening(t, { api: (_directory, port) => `listen = ["127.0.0.1:${port}"]\ntls = { cert = "${server.cert}", key = "${server.key}" }` })
  const old = connectTls({ host: '127.0.0.1', port: api.port, servername: 'localhost', ...(await shown(authority.ca)), maxVersion: 'TLSv1.2' })
  t.match(String((await once(old, 'error'))[0]), /protocol version/i)
  t.equal((await ask({ host: 'localhost', port: api.port, path: '/healthz', ...(await shown(authority.ca)) })).status, 200)
})

t.test('a key that cannot be read is named', async (t) => {
  const api = await testApi({ api: () => `listen = ["127.0.0.1:1"]\ntls = { cert = "/nowhere/cert.pem", key = "/nowhere/key.pem" }` })
  t.after(() => api[Symbol.asyncDispose]())
  await t.rejects(listen(api.app, api.config.api, log), /api\.tls\.cert: \/nowhere\/cert\.pem cannot be read/)
})

t.test('closing waits for a running switch and answers it', async (t) => {
  const api = await listening(t, { api: both })
  const { promise, resolve } = Promise.withResolvers<void>()
  api.switching.hold = promise
  const begun = new Promise<void>((started) => {
    const end = api.switching.subscribe(() => {
      end()
      started()
    })
  })
  const answer = ask({ socketPath: api.socket, method: 'POST', path: '/v1/services/app/switch?to=green' })
  await begun
  const closed = api.listening.close()
  resolve()
  t.equal((await answer).status, 200)
  await closed
})

t.test('a caller that keeps its connection open does not hold up the stop, once it has its answer', async (t) => {
  const api = await listening(t, { api: both })
  const { promise, resolve } = Promise.withResolvers<void>()
  api.switching.hold = promise
  const agent = new HttpAgent({ keepAlive: true })
  t.after(() => agent.destroy())
  const headers = { authorization: `Bearer ${await api.token({ name: 'ci', role: 'operator' })}` }
  const call = async (method: string, path: string) => {
    const request = httpRequest({ host: '127.0.0.1', port: api.port, method, path, headers, agent }).end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return response
  }
  const stream = await call('GET', '/v1/events')
  stream.resume()
  const answer = call('POST', '/v1/services/app/switch?to=green')
  await until('it runs', () => api.switching.running().length === 1)
  // Connections would be cut long after this test has run out of time.
  const closed = api.listening.close(600_000)
  resolve()
  t.equal(await text(await answer).then((body) => JSON.parse(body).outcome), 'succeeded')
  await closed
})

t.test('a connection on which nothing was ever asked does not hold up the stop', async (t) => {
  const api = await listening(t, { api: both })
  const unused = connect(api.port, '127.0.0.1')
  t.after(() => unused.destroy())
  const ended = once(unused.resume(), 'close')
  await once(unused, 'connect')
  // It is accepted by then.
  t.equal((await ask({ port: api.port, host: '127.0.0.1', path: '/healthz' })).status, 200)
  await api.listening.close(600_000)
  await ended
})
