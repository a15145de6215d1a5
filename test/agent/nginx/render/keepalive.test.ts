import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import t from 'tap'
import { printDirectives } from '../../../../agent/nginx/render/directive.ts'
import { reloadUpstream } from '../../../../agent/nginx/render/upstreams.ts'
import { BLUE, testConfig } from '../../../support/edge.ts'
import { testNginx } from '../../../support/nginx.ts'
import { freePort } from '../../../support/ports.ts'

t.test('keepalive sets how many connections stay open, and 0 closes each after its request even if Nginx would keep it', async (t) => {
  const connections = { closed: 0, kept: 0 }
  const apps = { closed: await app(() => connections.closed++), kept: await app(() => connections.kept++) }
  t.after(() => Object.values(apps).forEach(({ server }) => server.close().closeAllConnections()))
  const port = await freePort()
  await using nginx = await testNginx()
  const upstream = (name: 'closed' | 'kept', keepalive: number) => {
    const pools = { blue: { servers: [apps[name].address] }, green: { servers: ['127.0.0.1:1'] } }
    const service = testConfig(nginx, { [name]: { strategy: 'reload', keepalive, pools } }, 1).services[name]!
    return printDirectives([reloadUpstream(service, { name, route: BLUE, pools: { blue: pools.blue.servers, green: pools.green.servers } })])
  }
  // As Nginx 1.29.7 and later do of themselves.
  const closed = upstream('closed', 0).replace('}', 'keepalive 32; }')
  const pass = (name: string) => `location /${name} { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://${name}; }`
  await nginx.write({ workers: 1, included: false, http: `${closed}${upstream('kept', 4)}server { listen 127.0.0.1:${port}; ${pass('closed')} ${pass('kept')} }` })
  await nginx.start()
  for (const name of ['closed', 'kept']) for (let i = 0; i < 5; i++) t.equal((await fetch(`http://127.0.0.1:${port}/${name}`)).status, 200)
  t.same(connections, { closed: 5, kept: 1 })
})

async function app(onConnection: () => void): Promise<{ server: Server; address: string }> {
  const server = createServer((_, response) => response.end('hello')).on('connection', onConnection).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return { server, address: `127.0.0.1:${address.port}` }
}
