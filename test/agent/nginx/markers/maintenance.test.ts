import { request } from 'node:http'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { prepareMarkers } from '../../../../agent/nginx/markers/change.ts'
import { writeMaintenancePages } from '../../../../agent/nginx/generated/maintenance-pages.ts'
import type { Route } from '../../../../agent/switching/route.ts'
import { BLUE, GREEN, testEdge, type Edge } from '../../../support/edge.ts'
import { keepAliveLoad } from '../../../support/load.ts'
import { until } from '../../../support/until.ts'

const signal = AbortSignal.timeout(120_000)
const BLUE_MAINTENANCE: Route = { ...BLUE, maintenance: 'on' }

async function go(edge: Edge, before: Route, after: Route, service = 'app') {
  const change = await prepareMarkers(edge.config, edge.plan(service, before), edge.plan(service, after))
  await change.apply(signal)
  await change.prove(signal)
  return change
}

interface Answer {
  status: number
  retryAfter: string | undefined
  cacheControl: string | undefined
  type: string | undefined
  body: string
}

function ask(port: number, options: { method?: string; path?: string; body?: Buffer; cookie?: string } = {}): Promise<Answer> {
  const { method = 'GET', path = '/', body, cookie } = options
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, method, path, agent: false, headers: cookie === undefined ? {} : { cookie } }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: response.headers['retry-after'],
          cacheControl: response.headers['cache-control'],
          type: response.headers['content-type'],
          body: text,
        }),
      )
    })
    call.on('error', reject)
    call.end(body)
  })
}

t.test('maintenance answers every method, body size and URI with 503, the page and Retry-After', async (t) => {
  await using edge = await testEdge({ server: 'client_max_body_size 100m;', services: { app: { maintenance: { retry_after: 90_500 } } } })
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const port = edge.ports.app!
  await go(edge, BLUE, BLUE_MAINTENANCE)
  const calls = {
    get: {},
    'an encoded URI': { path: '/a/%2e%2e/b%20c?x=1&y=%00' },
    'the page’s own location': { path: '//greenroom-maintenance' },
    'a path that is long': { path: `/${'x'.repeat(6000)}` },
    post: { method: 'POST', body: Buffer.from('a=1') },
    put: { method: 'PUT', body: Buffer.alloc(100) },
    delete: { method: 'DELETE' },
    options: { method: 'OPTIONS' },
    'a method nobody knows': { method: 'PROPFIND' },
    'a large body': { method: 'POST', path: '/upload', body: Buffer.alloc(20 << 20, 'x') },
  }
  for (const [name, call] of Object.entries(calls)) {
    t.match(await ask(port, call), { status: 503, retryAfter: '91', cacheControl: 'no-store', type: 'text/html', body: 'Down for maintenance' }, name)
  }
  t.match(await ask(port, { method: 'HEAD' }), { status: 503, retryAfter: '91', body: '' })
  await go(edge, BLUE_MAINTENANCE, BLUE)
  t.match(await ask(port), { status: 200, body: 'blue' })
})

t.test('a large body is answered also where Nginx passes it on unbuffered', async (t) => {
  await using edge = await testEdge({ server: 'client_max_body_size 100m;', location: 'proxy_request_buffering off;' })
  await edge.install({ app: BLUE_MAINTENANCE })
  await edge.nginx.start()
  t.match(await ask(edge.ports.app!, { method: 'POST', body: Buffer.alloc(20 << 20, 'x') }), { status: 503, retryAfter: '120' })
})

t.test('each service has a page and a Retry-After of its own, and a page changes without a reload', async (t) => {
  const dir = t.testdir({ 'shop.html': '<p>shop is closed</p>' })
  await using edge = await testEdge({
    services: { app: {}, shop: { maintenance: { page: join(dir, 'shop.html'), retry_after: 3_600_000 } }, 'my-api': {} },
  })
  await edge.install({ app: BLUE, shop: BLUE, 'my-api': BLUE })
  await edge.nginx.start()
  await go(edge, BLUE, BLUE_MAINTENANCE, 'app')
  await go(edge, BLUE, BLUE_MAINTENANCE, 'shop')
  t.match(await ask(edge.ports.shop!), { status: 503, retryAfter: '3600', body: '<p>shop is closed</p>' })
  t.match(await ask(edge.ports.app!), { status: 503, retryAfter: '120', body: 'Down for maintenance' })
  t.match(await ask(edge.ports['my-api']!), { status: 200, body: 'blue' })
  writeFileSync(join(dir, 'shop.html'), '<p>back at nine</p>')
  await writeMaintenancePages(edge.config)
  t.match(await ask(edge.ports.shop!), { status: 503, body: '<p>back at nine</p>' })
  rmSync(join(edge.nginx.includeDir, 'maintenance/shop.html'))
  t.match(await ask(edge.ports.shop!), { status: 503, retryAfter: '3600', type: 'text/plain', body: 'Down for maintenance.' }, 'a page that is gone')
})

t.test('a page that cannot be read is a fault of the configuration, with its place', async (t) => {
  await using edge = await testEdge({ services: { app: { maintenance: { page: '/nowhere/page.html', retry_after: 1000 } } } })
  await t.rejects(writeMaintenancePages(edge.config), { code: 'config_invalid', message: /^services\.app\.maintenance\.page: \/nowhere\/page\.html cannot be read/ })
})

t.test('what the user set for all servers keeps neither the page nor the proof away', async (t) => {
  await using edge = await testEdge({
    http: `allow 10.0.0.0/8; deny all; auth_basic "closed"; auth_basic_user_file /dev/null; client_max_body_size 1;
open_file_cache max=100; open_file_cache_errors on; open_file_cache_valid 60s; keepalive_timeout 0; error_page 404 503 /errors.html;
add_header X-Everywhere yes always; gzip on; gzip_types *; default_type application/octet-stream; satisfy all;`,
    server: 'allow all; auth_basic off; client_max_body_size 1m;',
  })
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const port = edge.ports.app!
  t.match(await ask(port), { status: 200, body: 'blue' })
  await go(edge, BLUE, GREEN)
  t.match(await ask(port), { status: 200, body: 'green' })
  await go(edge, GREEN, { ...GREEN, maintenance: 'on' })
  t.match(await ask(port, { method: 'POST', body: Buffer.alloc(1000) }), { status: 503, retryAfter: '120', body: 'Down for maintenance' })
})

t.test('a pin cookie leads to its colour whatever is live, and not where pins are off', async (t) => {
  await using edge = await testEdge({ services: { app: {}, plain: { pins: false } } })
  await edge.install({ app: BLUE, plain: BLUE })
  await edge.nginx.start()
  const bodies = async (service: string) =>
    Promise.all([undefined, 'greenroom_app=green', 'a=b; greenroom_app=blue', 'greenroom_app=red', 'greenroom_plain=green'].map(async (cookie) => (await ask(edge.ports[service]!, { ...(cookie && { cookie }) })).body))
  t.same(await bodies('app'), ['blue', 'green', 'blue', 'blue', 'blue'])
  await go(edge, BLUE, GREEN)
  t.same(await bodies('app'), ['green', 'green', 'blue', 'green', 'green'])
  t.same(await bodies('plain'), ['blue', 'blue', 'blue', 'blue', 'blue'])
})

t.test('pinned testers are let through maintenance when asked for, and not otherwise', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const port = edge.ports.app!
  const statuses = async () => Promise.all([{}, { cookie: 'greenroom_app=blue' }, { cookie: 'greenroom_app=green' }].map(async (call) => (await ask(port, call)).status))
  await go(edge, BLUE, { ...BLUE, maintenance: 'pinned_through' })
  t.same(await statuses(), [503, 200, 200])
  t.match(await ask(port, { cookie: 'greenroom_app=green' }), { body: 'green' })
  await go(edge, { ...BLUE, maintenance: 'pinned_through' }, BLUE_MAINTENANCE)
  t.same(await statuses(), [503, 503, 503])
})

t.test('a change of colour and maintenance together shows no request the colour that was not meant for it', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const load = keepAliveLoad(edge.ports.app!, 30, { accepted: [200, 503] })
  await until('the load runs', () => load.requests > 100)
  const green: Route = { ...GREEN, maintenance: 'on' }
  // From blue into maintenance before green, then straight back: green, never out of maintenance, must not be seen.
  for (let i = 0; i < 40; i++) {
    const into = await go(edge, BLUE, green)
    t.equal(into.record.mechanism === 'markers' && into.record.to.length, 2)
    await go(edge, green, BLUE)
  }
  const { answers, failures } = await load.stop()
  t.same(failures, [])
  t.notOk(answers.has('green'))
  t.ok(answers.get('blue')! > 0)
})
