import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { listen } from '../../../shared/api/listen.ts'
import { hashToken } from '../../../shared/auth/token.ts'
import { revokeToken } from '../../../shared/auth/manage-tokens.ts'
import { testApi } from '../../support/api.ts'
import { freePort } from '../../support/ports.ts'
import { until } from '../../support/until.ts'

async function listening(t: Test, heartbeatMs = 60_000) {
  const port = await freePort()
  const api = await testApi({ heartbeatMs, api: (directory) => `listen = ["127.0.0.1:${port}", "unix:${join(directory, 'api.sock')}"]` })
  const server = await listen(api.app, api.config.api, pino({ level: 'silent' }))
  t.after(async () => {
    await server.close(0)
    await api[Symbol.asyncDispose]()
  })
  return { ...api, server, port }
}

async function read(port: number, token: string, path = '/v1/events') {
  const call = request({ port, host: '127.0.0.1', path, agent: false, headers: { authorization: `Bearer ${token}` } })
  call.end()
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  const stream = { response, text: '', ended: false, events: () => events(stream.text), cut: () => call.destroy() }
  response.setEncoding('utf8').on('data', (chunk: string) => (stream.text += chunk)).on('close', () => (stream.ended = true)).on('error', () => {})
  return stream
}

const call = (token: string) => `GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`

const events = (text: string) => [...text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, type, data]) => ({ type, data: JSON.parse(data ?? '') }))

t.test('a reader gets what is, then every step and the outcome', async (t) => {
  const api = await listening(t)
  const token = await api.token({ name: 'ci', role: 'operator' })
  const stream = await read(api.port, token)
  t.equal(stream.response.headers['content-type'], 'text/event-stream')
  await until('the present state', () => stream.events().length === 2)
  t.strictSame(stream.events().map(({ data }) => data.name), ['app', 'web-shop'])
  api.switching.switchTo('app', 'green', {}, { actor: 'test', source: 'test' })
  await until('the outcome', () => stream.events().length === 5)
  t.match(stream.events().slice(2), [
    { type: 'operation', data: { step: 'apply', outcome: null } },
    { type: 'operation', data: { step: null, outcome: 'succeeded' } },
    { type: 'service', data: { name: 'app', live: 'green', revision: 2 } },
  ])
  stream.cut()
  await until('nobody listens', () => api.switching.listeners === 1)
})

t.test('a reader sees only the services of its credential, or the one it asked for', async (t) => {
  const api = await listening(t)
  const limited = await read(api.port, await api.token({ name: 'limited', role: 'viewer', services: ['web-shop'] }))
  const asked = await read(api.port, await api.token({ name: 'all', role: 'viewer' }), '/v1/events?service=app')
  api.switching.switchTo('web-shop', 'green', {}, { actor: 'test', source: 'test' })
  api.switching.switchTo('app', 'green', {}, { actor: 'test', source: 'test' })
  await until('both have ended', () => limited.events().length === 4 && asked.events().length === 4)
  t.ok(limited.events().every(({ data }) => (data.service ?? data.name) === 'web-shop'))
  t.ok(asked.events().every(({ data }) => (data.service ?? data.name) === 'app'))
})

t.test('a stream ends when its token is revoked', async (t) => {
  const api = await listening(t, 10)
  const stream = await read(api.port, await api.token({ name: 'ci', role: 'viewer' }))
  await until('a heartbeat', () => stream.text.includes(': still here'))
  await revokeToken(api.tokensFile, 'ci')
  await until('the end', () => stream.ended)
  t.equal(api.switching.listeners, 1, 'only the metrics listen on')
})

t.test('streams end when the agent stops, and do not hold it up', async (t) => {
  const api = await listening(t)
  const stream = await read(api.port, await api.token({ name: 'ci', role: 'viewer' }))
  const begun = performance.now()
  await api.server.close(30_000)
  t.ok(performance.now() - begun < 5000)
  await until('the end', () => stream.ended)
})

t.test('a reader that may not see a service does not learn whether it exists', async (t) => {
  const api = await listening(t)
  const token = await api.token({ name: 'limited', role: 'viewer', services: ['web-shop'] })
  const answers = await Promise.all(
    ['app', 'nothing'].map(async (service) => {
      const call = await api.app.inject({ url: `/v1/events?service=${service}`, headers: { authorization: `Bearer ${token}` } })
      return { status: call.statusCode, detail: call.json().detail }
    }),
  )
  t.equal(answers[0]?.status, 403)
  t.strictSame(answers[0], answers[1])
})

t.test('a stream ends when its credential may see less than before', async (t) => {
  const api = await listening(t, 10)
  const token = await api.token({ name: 'ci', role: 'viewer' })
  const stream = await read(api.port, token)
  await until('the present state', () => stream.events().length === 2)
  await writeFile(api.tokensFile, `[tokens.ci]\nhash = "${hashToken(token)}"\nrole = "viewer"\nservices = ["app"]\n`, { mode: 0o600 })
  await until('the end', () => stream.ended)
})

t.test('readers that hang up before they are answered leave nothing behind', async (t) => {
  const api = await listening(t)
  const token = await api.token({ name: 'ci', role: 'viewer' })
  const gone = Array.from({ length: 100 }, async () => {
    const socket = connect(api.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(call(token), () => socket.resetAndDestroy())
    await once(socket, 'close')
  })
  await Promise.all(gone)
  // Answered after all those that came before it.
  const last = await read(api.port, token)
  last.cut()
  await until('nobody listens', () => api.switching.listeners === 1)
})

t.test('one credential cannot take the connections of all others with its streams', async (t) => {
  const api = await listening(t)
  const token = await api.token({ name: 'ci', role: 'viewer' })
  const streams = await Promise.all(Array.from({ length: 64 }, () => read(api.port, token)))
  const more = await read(api.port, token)
  t.equal(more.response.statusCode, 429)
  await until('why', () => more.text.includes('too_many_streams'))
  const other = await read(api.port, await api.token({ name: 'other', role: 'viewer' }))
  t.equal(other.response.statusCode, 200)
  streams[0]?.cut()
  await until('one is gone', () => api.switching.listeners === 65)
  t.equal((await read(api.port, token)).response.statusCode, 200)
})

t.test('events after the end of a stream that is not read to its end break nothing', async (t) => {
  const api = await listening(t, 50)
  const broken: unknown[] = []
  const note = (error: unknown) => broken.push(error)
  process.on('uncaughtException', note)
  t.after(() => process.off('uncaughtException', note))
  const responses: ServerResponse[] = []
  subscribe('http.server.request.start', (message) => responses.push((message as { response: ServerResponse }).response))
  const reader = connect(api.port, '127.0.0.1')
  t.after(() => reader.destroy())
  reader.on('error', () => {})
  reader.pause()
  reader.write(call(await api.token({ name: 'ci', role: 'viewer' })))
  await until('the stream', () => api.switching.listeners === 2)
  const [stream] = responses
  const switchTo = async (to: 'blue' | 'green', reason: string) => api.switching.switchTo('app', to, { reason }, { actor: 'test', source: 'test' }).done
  // More than the kernel holds for a reader that does not read, less than what cuts it off.
  for (let n = 0; n < 200 && stream!.writableLength < 200_000; n += 1) {
    await switchTo('green', 'x'.repeat(50_000))
    await setImmediate()
  }
  t.ok(stream!.writableLength >= 200_000, 'the reader is behind')
  await revokeToken(api.tokensFile, 'ci')
  await until('the end', () => stream!.writableEnded)
  for (const to of ['blue', 'green', 'blue'] as const) await switchTo(to, '')
  await until('it is cut off', () => api.switching.listeners === 1)
  t.strictSame(broken, [])
})
