import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { prepareMarkers } from '../../../../agent/nginx/markers/change.ts'
import { createNginxTraffic } from '../../../../agent/nginx/nginx-traffic.ts'
import type { Route } from '../../../../agent/switching/route.ts'
import { createLogger } from '../../../../shared/log.ts'
import { BLUE, GREEN, testEdge, type Edge } from '../../../support/edge.ts'
import { keepAliveLoad } from '../../../support/load.ts'
import { freePort } from '../../../support/ports.ts'
import { until } from '../../../support/until.ts'

const signal = AbortSignal.timeout(120_000)
const log = createLogger({ level: 'error', name: 'test', destination: { write: () => {} } })
const CACHED = 'open_file_cache max=1000; open_file_cache_valid 60s; open_file_cache_errors on;'

/** An edge with a further vhost: `/` goes to web, `/api` to api. */
async function sharedEdge(http: string, includes: (path: (name: string) => string) => string) {
  const edge = await testEdge({ services: { web: {}, api: {} } })
  const port = await freePort()
  const pass = (name: string) => `{ proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://$greenroom_${name}; }`
  await edge.nginx.write({
    workers: 2,
    http: `${http}
server { listen 127.0.0.1:${port} reuseport; keepalive_requests 1000000; ${includes((name) => `include ${join(edge.nginx.includeDir, name)};`)}
location / ${pass('web')} location /api ${pass('api')} }`,
  })
  await edge.install({ web: BLUE, api: BLUE })
  return { edge, port }
}

async function switchTo(edge: Edge, service: string, before: Route, after: Route): Promise<void> {
  const prepared = await prepareMarkers(edge.config, edge.plan(service, before), edge.plan(service, after))
  await prepared.apply(signal)
  await prepared.prove(signal)
  t.same(await prepared.settle(), [])
}

const colourOf = async (port: number, path: string) => (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).text()

t.test('two services in one server block switch each for itself under busy connections, though http caches files', async (t) => {
  const { edge, port } = await sharedEdge(CACHED, (path) => `${path('server/beside/api.conf')} ${path('server/web.conf')}`)
  await using _edge = edge
  await edge.nginx.start()
  const loads = { web: keepAliveLoad(port, 15, { pause: 10 }), api: keepAliveLoad(port, 15, { path: '/api/x', pause: 10 }) }
  const enough = (count: number) => loads.web.requests > count && loads.api.requests > count
  await until('the load runs', () => enough(100))
  let [web, api] = [BLUE, BLUE]
  for (let i = 0; i < 60; i++) {
    const mark = Math.max(loads.web.requests, loads.api.requests)
    if (i % 3 === 0) {
      const next = web === BLUE ? GREEN : BLUE
      await switchTo(edge, 'web', web, next)
      web = next
    } else {
      const next = api === BLUE ? GREEN : BLUE
      await switchTo(edge, 'api', api, next)
      api = next
    }
    // Several, so that both workers answer: proven means seen by all.
    for (let n = 0; n < 4; n++) t.same([await colourOf(port, '/'), await colourOf(port, '/api')], [web.live, api.live], `switch ${i}`)
    await until('requests meet it', () => enough(mark + 15) || i % 10 !== 0)
  }
  for (const load of Object.values(loads)) {
    const { answers, failures } = await load.stop()
    t.comment(`${load.requests} requests`)
    t.same(failures, [])
    t.same([...answers.keys()].toSorted(), ['blue', 'green'])
  }
})

t.test('maintenance of one service of a server block leaves the other on air', async (t) => {
  const { edge, port } = await sharedEdge('', (path) => `${path('server/web.conf')} ${path('server/beside/api.conf')}`)
  await using _edge = edge
  await edge.nginx.start()
  await switchTo(edge, 'api', BLUE, { ...GREEN, maintenance: 'on' })
  t.match(await colourOf(port, '/api'), 'Down for maintenance')
  t.equal(await colourOf(port, '/'), 'blue')
})

t.test('Nginx refuses what would leave the scope in doubt, and names the line that tells the mend', async (t) => {
  const { edge } = await sharedEdge('', (path) => `${path('server/web.conf')} ${path('server/api.conf')}`)
  await using _edge = edge
  const { stderr } = await promisify(execFile)('/usr/sbin/nginx', ['-t', '-c', edge.nginx.config, '-e', edge.nginx.errorLog]).catch((error: { stderr: string }) => error)
  t.match(stderr, new RegExp(`"open_file_cache" directive is duplicate in ${edge.nginx.includeDir}/server/api.conf:5`))
})

t.test('without a scope of their own the tests would be cached: that is why it stands in the generated file', async (t) => {
  const { edge, port } = await sharedEdge(CACHED, (path) => `${path('server/beside/web.conf')} ${path('server/beside/api.conf')}`)
  await using _edge = edge
  await edge.nginx.start()
  for (let n = 0; n < 20; n++) await colourOf(port, '/')
  await switchTo(edge, 'web', BLUE, GREEN)
  t.equal(await colourOf(port, '/'), 'blue', 'the proof, in its own scope, is right, and this server block is late')
  const { hindrances } = await createNginxTraffic(edge.config, log).inspect([edge.plan('web', GREEN), edge.plan('api', BLUE)])
  t.match(hindrances, { web: [/delays each switch of web\. Mend: include \S+server\/web.conf instead/], api: [/of api/] }, 'which an inspection tells')
})
