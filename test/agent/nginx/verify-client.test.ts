import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import { askNonce, askRoute, askRoutes } from '../../../agent/nginx/verify-client.ts'
import { BLUE, testEdge } from '../../support/edge.ts'
import { freePort } from '../../support/ports.ts'

/** A server that does to each connection what it is told. */
async function listening(serve: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    serve(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return {
    address: `127.0.0.1:${address.port}`,
    [Symbol.dispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

t.test('the nonce and the routes of a running Nginx are told, all questions over one connection', async (t) => {
  await using edge = await testEdge({ services: { app: {}, 'my-shop': {} } })
  await edge.install({ app: BLUE, 'my-shop': BLUE }, 'nonce-1')
  await edge.nginx.start()
  const address = edge.config.nginx.verify_listen
  t.equal(await askNonce(address), 'nonce-1')
  const seen = { colour: 'blue', maintenance: false, generationSeen: true, nonce: 'nonce-1' }
  t.same(await askRoute(address, 'app', '42', 'gen-1'), seen)
  t.same(await askRoute(address, 'app', 'pin-green', 'gen-2'), { ...seen, colour: 'green', generationSeen: false })
  const many = Array.from({ length: 102 }, (_, i) => ({ service: 'my-shop', bucket: String(i % 100).padStart(2, '0'), generation: 'gen-2' }))
  t.same(await askRoutes(address, many), many.map(() => seen))
  t.equal(await askRoute(address, 'other', '00', 'gen-1'), null)
  t.equal(await askRoute(address, 'app', '100', 'gen-1'), null)
  t.equal(await askRoute(address, 'app', '00', '../gen-1'), null)
})

t.test('nobody, somebody else, and somebody who says nothing right are all no answer', async (t) => {
  t.equal(await askNonce(`127.0.0.1:${await freePort()}`), null)
  for (const bytes of [
    'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n<html>hi</html',
    'HTTP/1.1 200 OK\r\n\r\n',
    'SSH-2.0-OpenSSH_9.2\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort',
    '',
  ]) {
    using server = await listening((socket) => socket.end(bytes))
    t.equal(await askNonce(server.address), null, JSON.stringify(bytes))
    t.equal(await askRoute(server.address, 'app', '00', 'gen-1'), null)
  }
  using garbage = await listening((socket) => {
    socket.write(Buffer.alloc(200_000, 7))
  })
  t.equal(await askNonce(garbage.address), null)
})

t.test('one who accepts and never answers is given up, at once when told so', async (t) => {
  using server = await listening(() => {})
  const abort = new AbortController()
  const asked = askNonce(server.address, abort.signal)
  abort.abort()
  t.equal(await asked, null)
  t.equal(await askNonce(server.address, AbortSignal.abort()), null)
  const started = performance.now()
  t.equal(await askNonce(server.address), null)
  t.ok(performance.now() - started < 4000)
})
