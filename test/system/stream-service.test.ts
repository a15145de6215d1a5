import { createServer, connect, type Server } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { testAgent } from '../support/agent.ts'
import { testNginx } from '../support/nginx.ts'
import { freePort } from '../support/ports.ts'

/** Says its colour on each connection, then echoes. */
async function tcpColour(colour: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.write(`${colour}\n`)
    socket.pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

const serverOf = (server: Server) => `127.0.0.1:${(server.address() as AddressInfo).port}`

async function colourAt(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const [greeting] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return String(greeting).trim()
}

t.test('a stream {} service is switched and rolled back by reload, and its open connections go on', async (t) => {
  await using stack = new AsyncDisposableStack()
  const [blue, green] = [await tcpColour('blue'), await tcpColour('green')]
  t.teardown(() => [blue, green].forEach((server) => server.close()))
  const port = await freePort()
  const nginx = stack.use(await testNginx({ stream: `server { listen 127.0.0.1:${port}; proxy_pass db; }` }))
  const agent = stack.use(
    await testAgent({ nginx, services: { db: { strategy: 'reload', context: 'stream', pools: { blue: { servers: [serverOf(blue)] }, green: { servers: [serverOf(green)] } } } } }),
  )
  await agent.start()
  await nginx.start()
  await agent.ready()
  t.equal(await colourAt(port), 'blue')

  const held = connect(port, '127.0.0.1')
  t.teardown(() => held.destroy())
  t.equal(String((await once(held, 'data'))[0]), 'blue\n')
  t.match(await agent.call('POST', '/v1/services/db/switch', { to: 'green' }), { status: 200, body: { outcome: 'succeeded' } })
  t.equal(await colourAt(port), 'green')
  held.write('still there\n')
  t.equal(String((await once(held, 'data'))[0]), 'still there\n', 'the old worker keeps the connection')

  t.match(await agent.call('POST', '/v1/services/db/rollback'), { status: 200, body: { kind: 'rollback', to: 'blue' } })
  t.equal(await colourAt(port), 'blue')
  t.match(await agent.call('POST', '/v1/services/db/maintenance', { on: true }), { status: 400, body: { detail: /strategy reload; maintenance needs strategy instant/ } })
  const { stdout } = await agent.command('status', '--json')
  t.match(JSON.parse(stdout), { services: [{ name: 'db', strategy: 'reload', live: 'blue', previous: 'green' }] })
})
