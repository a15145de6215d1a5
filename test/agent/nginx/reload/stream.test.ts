import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import t from 'tap'
import { routeTo } from '../../../../agent/switching/route.ts'
import type { HostPlan } from '../../../../agent/nginx/traffic.ts'
import { carryOut, reloadHost } from '../../../support/reload-host.ts'
import { freePort } from '../../../support/ports.ts'

t.test('an upstream of a stream block is switched, and a connection that is held is not cut', async (t) => {
  const port = await freePort()
  await using host = await reloadHost({ started: false, service: { context: 'stream', upstream: 'studio' }, stream: `server { listen 127.0.0.1:${port}; proxy_pass studio; }` })
  const [blue, green] = await Promise.all([lineServer('blue'), lineServer('green')])
  t.teardown(() => {
    blue.close()
    green.close()
  })
  const plan = (live: 'blue' | 'green'): HostPlan => [{ name: 'app', route: routeTo(live), pools: { blue: [blue.address], green: [green.address] } }]
  await host.traffic.writeForLater(plan('blue'))
  await host.nginx.start()
  t.match(await host.traffic.inspect(plan('blue')), { included: true, loaded: true, files: 'current', wired: { app: true } })

  const held = connect(port, '127.0.0.1').setEncoding('utf8')
  t.teardown(() => held.destroy())
  t.equal(await say(held, 'one'), 'blue one')
  await carryOut(await host.traffic.prepare(plan('blue'), plan('green'), 'app', { force: false, urgent: false }))
  t.equal(await say(held, 'two'), 'blue two')
  const fresh = connect(port, '127.0.0.1').setEncoding('utf8')
  t.teardown(() => fresh.destroy())
  t.equal(await say(fresh, 'three'), 'green three')
})

async function say(socket: Socket, text: string): Promise<string> {
  socket.write(text)
  const [answer] = (await once(socket, 'data')) as [string]
  return answer
}

async function lineServer(name: string) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('data', (text) => socket.write(`${name} ${text.toString()}`)).on('error', () => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return {
    address: `127.0.0.1:${address.port}`,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
