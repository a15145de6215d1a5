import { once } from 'node:events'
import type { Socket } from 'node:net'
import { execa } from 'execa'
import t from 'tap'
import { describeFailure } from '../../../shared/http/failure.ts'
import { request, type HttpRequest } from '../../../shared/http/request.ts'
import { freePort } from '../../support/ports.ts'
import { httpServer, tcpServer } from '../../support/servers.ts'
import { until } from '../../support/until.ts'

async function failureOf(options: HttpRequest): Promise<string> {
  return request(options).then(
    (answer) => `answered ${answer.status}`,
    (error: unknown) => describeFailure(error),
  )
}

/** A server that sends these bytes on each connection once something was asked. */
function saying(bytes: string | Buffer, then: (socket: Socket) => void = () => {}) {
  return tcpServer((socket) => socket.once('data', () => socket.write(bytes, () => then(socket))))
}

t.test('answers status, headers and body', async (t) => {
  await using server = await httpServer((asked, response) => {
    response.writeHead(201, { 'X-Colour': 'green' }).end(`${asked.method} ${asked.url} ${asked.headers.host}`)
  })
  const answer = await request({ url: `http://${server.address}/a?b=c`, timeout: 5000 })
  t.equal(answer.status, 201)
  t.equal(answer.headers['x-colour'], 'green')
  t.equal(answer.body, `GET /a?b=c ${server.address}`)
  t.ok(answer.latency > 0)
})

t.test('sends the Host it is given', async (t) => {
  await using server = await httpServer((asked, response) => response.end(asked.headers.host))
  t.equal((await request({ url: `http://${server.address}/`, host: 'app.example', timeout: 5000 })).body, 'app.example')
})

t.test('takes a fresh connection each time and closes it', async (t) => {
  const ports = new Set<number | undefined>()
  await using server = await httpServer((asked, response) => {
    ports.add(asked.socket.remotePort)
    response.end('x')
  })
  for (let i = 0; i < 5; i++) await request({ url: `http://${server.address}/`, timeout: 5000 })
  t.equal(ports.size, 5)
  await until('all connections are closed', () => server.sockets.size === 0)
})

t.test('follows no redirect', async (t) => {
  let asked = 0
  await using server = await httpServer((_, response) => {
    asked++
    response.writeHead(302, { Location: '/elsewhere' }).end()
  })
  t.equal((await request({ url: `http://${server.address}/`, timeout: 5000 })).status, 302)
  t.equal(asked, 1)
})

t.test('asks no proxy that the environment names', async (t) => {
  await using server = await httpServer((_, response) => response.end('direct'))
  await using proxy = await httpServer((_, response) => response.end('proxied'))
  const script = `import { request } from ${JSON.stringify(new URL('../../../shared/http/request.ts', import.meta.url).href)}
    console.log((await request({ url: 'http://${server.address}/', timeout: 5000 })).body)`
  const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: `http://${proxy.address}`, http_proxy: `http://${proxy.address}` }
  const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', script], { env })
  t.equal(stdout, 'direct')
})

t.test('keeps no more of a huge body than it is told, and does not wait for the rest', async (t) => {
  await using server = await httpServer((_, response) => {
    const more = () => {
      while (response.write('x'.repeat(65_536)));
      response.once('drain', more)
    }
    more()
  })
  const answer = await request({ url: `http://${server.address}/`, timeout: 5000, maxBody: 100_000 })
  t.equal(answer.body.length, 100_000)
  await until('the connection is closed', () => server.sockets.size === 0)
})

t.test('says what it was waiting for when the time is over', async (t) => {
  await using mute = await tcpServer()
  await using stuck = await saying('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
  const drips = new Set<NodeJS.Timeout>()
  await using dripping = await saying('HTTP/1.1 200 OK\r\n', (socket) => {
    drips.add(setInterval(() => socket.write('X-More: 1\r\n'), 5))
  })
  t.teardown(() => drips.forEach(clearInterval))
  t.equal(await failureOf({ url: `http://${mute.address}/`, timeout: 200 }), 'connected, but no answer within 200ms')
  t.equal(await failureOf({ url: `https://${mute.address}/`, timeout: 200 }), 'connected, but no TLS handshake within 200ms')
  t.equal(await failureOf({ url: `http://${stuck.address}/`, timeout: 200 }), 'the answer did not end within 200ms')
  t.equal(await failureOf({ url: `http://${dripping.address}/`, timeout: 200 }), 'connected, but no answer within 200ms')
  await until('no connection is left open', () => mute.sockets.size + stuck.sockets.size + dripping.sockets.size === 0)
})

t.test('says why a connection brought no answer', async (t) => {
  await using garbage = await saying(Buffer.from([0x16, 0x03, 0x01, 0, 0xff, 0, 0x0a, 0x0d]), (socket) => socket.end())
  await using closing = await tcpServer((socket) => socket.once('data', () => socket.destroy()))
  await using short = await saying('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', (socket) => socket.end())
  await using large = await saying(`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`)
  await using plain = await httpServer((_, response) => response.end())
  t.equal(await failureOf({ url: `http://127.0.0.1:${await freePort()}/`, timeout: 1000 }), 'connection refused')
  t.match(await failureOf({ url: `http://${garbage.address}/`, timeout: 1000 }), /^not an HTTP answer/)
  t.equal(await failureOf({ url: `http://${closing.address}/`, timeout: 1000 }), 'the connection was closed before the answer was complete')
  t.equal(await failureOf({ url: `http://${short.address}/`, timeout: 1000 }), 'the connection was closed before the answer was complete')
  t.equal(await failureOf({ url: `http://${large.address}/`, timeout: 1000 }), 'the headers of the answer are too large')
  t.match(await failureOf({ url: `https://${plain.address}/`, timeout: 1000 }), /^no TLS answer \(does the server speak plain HTTP there\?\)/)
  t.match(await failureOf({ url: 'http://no-such-host.invalid/', timeout: 5000 }), /^the host name/)
})

t.test('an upgrade nobody asked for is an answer with status 101', async (t) => {
  await using server = await saying('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
  t.equal((await request({ url: `http://${server.address}/`, timeout: 1000 })).status, 101)
})

t.test('ends at once with the signal’s reason', async (t) => {
  await using mute = await tcpServer()
  const stop = new AbortController()
  const asked = request({ url: `http://${mute.address}/`, timeout: 60_000 }, stop.signal)
  await until('the server has the connection', () => mute.sockets.size === 1)
  const reason = new Error('stopping')
  stop.abort(reason)
  await t.rejects(asked, reason)
  const [socket] = mute.sockets
  if (socket) await once(socket, 'close')
  await t.rejects(request({ url: `http://${mute.address}/`, timeout: 60_000 }, stop.signal), reason)
})
