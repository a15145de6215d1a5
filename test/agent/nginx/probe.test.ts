import { readFile } from 'node:fs/promises'
import t from 'tap'
import type { ProbeConfig } from '../../../agent/config.ts'
import { probeListener } from '../../../agent/nginx/probe.ts'
import { Problem } from '../../../shared/errors/problem.ts'
import { authority } from '../../support/certificates.ts'
import { freePort } from '../../support/ports.ts'
import { httpServer, httpsServer, tcpServer } from '../../support/servers.ts'
import { testNginx } from '../../support/nginx.ts'
import { until } from '../../support/until.ts'

const { signal } = new AbortController()

function probe(settings: Partial<ProbeConfig> & { url: string }): ProbeConfig {
  return { expect: '{colour}', timeout: 5000, ...settings }
}

/** The Problem that the probe ends with. */
async function problemOf(config: ProbeConfig, expected: 'blue' | 'green' | 'maintenance'): Promise<Problem> {
  const problem = await probeListener(config, expected, signal).then(
    ({ evidence }) => new Error(`proved: ${evidence}`),
    (error: unknown) => error,
  )
  if (problem instanceof Problem) return problem
  throw problem
}

t.test('a header tells the colour', async (t) => {
  await using app = await httpServer((_, response) => response.writeHead(200, { 'X-Colour': 'app-green' }).end('blue'))
  const config = probe({ url: `http://${app.address}/`, header: 'x-colour', expect: 'app-{colour}', timeout: 300 })
  t.match((await probeListener(config, 'green', signal)).evidence, /answered as green after \d+ ms \(1 try\)$/)
  const { code, message, facts } = await problemOf(config, 'blue')
  t.equal(code, 'not_applied')
  t.match(message, `The probe of http://${app.address}/ did not answer as blue within 300ms: header x-colour is "app-green" instead of "app-blue" (status 200).`)
  t.match(facts, { expected: 'blue', url: `http://${app.address}/` })
})

t.test('without a header the body does', async (t) => {
  await using app = await httpServer((_, response) => response.end('{"colour":"green"}'))
  const config = probe({ url: `http://${app.address}/`, timeout: 300 })
  await probeListener(config, 'green', signal)
  t.match((await problemOf(config, 'blue')).message, 'the body does not contain "blue" (status 200)')
})

t.test('asks again on fresh connections until the right colour answers', async (t) => {
  const ports = new Set<number | undefined>()
  await using app = await httpServer((asked, response) => {
    ports.add(asked.socket.remotePort)
    response.end(ports.size < 5 ? 'blue' : 'green')
  })
  t.match((await probeListener(probe({ url: `http://${app.address}/` }), 'green', signal)).evidence, '(5 tries)')
})

t.test('maintenance is a 503, whatever header and body say', async (t) => {
  await using down = await httpServer((_, response) => response.writeHead(503).end('back soon'))
  await using up = await httpServer((_, response) => response.end('maintenance'))
  await probeListener(probe({ url: `http://${down.address}/`, header: 'x-colour' }), 'maintenance', signal)
  t.match((await problemOf(probe({ url: `http://${up.address}/`, timeout: 200 }), 'maintenance')).message, 'status 200 instead of 503')
})

async function found(address: string): Promise<unknown> {
  return (await problemOf(probe({ url: `http://${address}/`, timeout: 250 }), 'green')).facts['found']
}

t.test('a listener that refuses, hangs or answers garbage is named with what it did', async (t) => {
  await using hanging = await tcpServer()
  await using garbage = await tcpServer((socket) => socket.once('data', () => socket.end('\0\r\n\r\n')))
  t.equal(await found(`127.0.0.1:${await freePort()}`), 'connection refused')
  t.match(await found(hanging.address), /^connected, but no answer within /)
  t.match(await found(garbage.address), /^not an HTTP answer/)
})

t.test('asks over TLS with the CA it is given', async (t) => {
  const { ca, issue } = await authority(t.testdir())
  const { cert, key } = await issue('local', 'IP:127.0.0.1')
  await using server = await httpsServer({ cert: await readFile(cert), key: await readFile(key) }, (_, response) => response.end('green'))
  const url = `https://${server.address}/`
  await probeListener(probe({ url, ca_file: ca }), 'green', signal)
  t.match((await problemOf(probe({ url, timeout: 500 }), 'green')).message, 'the certificate comes from no trusted CA (set ca_file)')
  t.match((await problemOf(probe({ url, ca_file: cert + '.missing' }), 'green')).message, 'cannot be used: ENOENT')
})

t.test('ends at once with the signal’s reason', async (t) => {
  await using app = await httpServer((_, response) => response.end('blue'))
  const stop = new AbortController()
  let asked = false
  await using watched = await httpServer((_, response) => {
    asked = true
    response.end('blue')
  })
  const reason = new Error('stopping')
  const proving = probeListener(probe({ url: `http://${watched.address}/`, timeout: 60_000 }), 'green', stop.signal)
  await until('it asks', () => asked)
  stop.abort(reason)
  await t.rejects(proving, reason)
  await t.rejects(probeListener(probe({ url: `http://${app.address}/` }), 'blue', stop.signal), reason)
})

t.test('through a real Nginx', async (t) => {
  const port = await freePort()
  await using nginx = await testNginx({
    http: `server { listen 127.0.0.1:${port}; add_header X-Colour green always; location / { return 200 "hello\\n"; } location /down { return 503; } }`,
  })
  await nginx.start()
  const url = `http://127.0.0.1:${port}`
  await probeListener(probe({ url: `${url}/`, header: 'X-Colour' }), 'green', signal)
  await probeListener(probe({ url: `${url}/down` }), 'maintenance', signal)
  t.equal((await problemOf(probe({ url: `${url}/`, header: 'X-Colour', timeout: 200 }), 'blue')).facts['found'], 'header X-Colour is "green" instead of "blue" (status 200)')
})
