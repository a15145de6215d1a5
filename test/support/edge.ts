import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { AgentConfig, ServiceConfig } from '../../agent/config.ts'
import { writeMaintenancePages } from '../../agent/nginx/generated/maintenance-pages.ts'
import { ensureMarkers } from '../../agent/nginx/markers/ensure.ts'
import { renderFiles } from '../../agent/nginx/render/render.ts'
import type { HostPlan, ServicePlan } from '../../agent/nginx/traffic.ts'
import { COLOURS, routeTo, type Colour, type Pools, type Route } from '../../agent/switching/route.ts'
import { testNginx, type TestNginx } from './nginx.ts'
import { freePort, freePorts } from './ports.ts'

/** A service of the test configuration: what differs from the defaults. */
export type ServiceSettings = Partial<ServiceConfig>

/** An edge host: two colours of each service behind a real Nginx with the generated files, not yet started. */
export interface Edge {
  readonly nginx: TestNginx
  readonly config: AgentConfig
  /** Port of the listener that sends everything through a service. */
  readonly ports: Readonly<Record<string, number>>
  plan(service: string, route: Route): ServicePlan
  /** Writes generated files, maintenance pages and markers for these routes. */
  install(routes: Readonly<Record<string, Route>>, nonce?: string): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface EdgeOptions {
  readonly services?: Readonly<Record<string, ServiceSettings>>
  /** Nginx text inside each service’s server block, before its location. */
  readonly server?: string
  readonly location?: string
  readonly http?: string
  readonly workers?: number
  /** Default: the one of the test’s Nginx. */
  readonly routesDir?: string
}

export async function testEdge({ services = { app: {} }, server = '', location = '', http = '', workers = 2, routesDir }: EdgeOptions = {}): Promise<Edge> {
  const nginx = await testNginx()
  const backends = await Promise.all(Object.keys(services).map(async (name) => [name, await colours()] as const))
  const defaults = testConfig(nginx, services, await freePort())
  const config = { ...defaults, nginx: { ...defaults.nginx, routes_dir: routesDir ?? nginx.routesDir } }
  const listeners = await freePorts(backends.length)
  const ports = Object.fromEntries(backends.map(([name], index) => [name, listeners[index]!]))
  const pools = new Map(backends.map(([name, both]) => [name, { blue: [both.blue.address], green: [both.green.address] } satisfies Pools]))
  await nginx.write({
    workers,
    http: `${http}\n${backends
      .map(
        ([name]) => `server {
listen 127.0.0.1:${ports[name]} reuseport;
keepalive_requests 1000000;
${server}
include ${nginx.includeDir}/server/${name}.conf;
location / { ${location} proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://$greenroom_${name.replaceAll('-', '_')}; }
}`,
      )
      .join('\n')}`,
  })
  return {
    nginx,
    config,
    ports,
    plan: (service, route) => ({ name: service, route, pools: pools.get(service)! }),
    async install(routes, nonce = 'test-nonce') {
      const plan: HostPlan = Object.entries(routes).map(([name, route]) => ({ name, route, pools: pools.get(name)! }))
      for (const [name, text] of renderFiles(config, plan, nonce)) {
        await mkdir(dirname(join(nginx.includeDir, name)), { recursive: true })
        await writeFile(join(nginx.includeDir, name), text)
      }
      await writeMaintenancePages(config)
      await ensureMarkers(config, plan)
    },
    async [Symbol.asyncDispose]() {
      await nginx[Symbol.asyncDispose]()
      for (const [, both] of backends) for (const colour of COLOURS) both[colour].server.close().closeAllConnections()
    },
  }
}

/** The configuration of an agent for a test’s Nginx, services of strategy `instant` where not told otherwise. */
export function testConfig(nginx: TestNginx, services: Readonly<Record<string, ServiceSettings>>, verifyPort: number): AgentConfig {
  const withDefaults = (settings: ServiceSettings): ServiceConfig => ({
    strategy: 'instant',
    context: 'http',
    initial: 'blue',
    pools: { blue: { servers: ['127.0.0.1:1'] }, green: { servers: ['127.0.0.1:2'] } },
    keepalive: 32,
    key: 'address',
    pins: true,
    pin_lifetime: 3_600_000,
    gates: { command: [], http: [] },
    maintenance: { retry_after: 120_000 },
    ...settings,
  })
  return {
    state_dir: join(nginx.root, 'state'),
    log_level: 'info',
    api: { listen: ['127.0.0.1:0'], socket_group: 'greenroom', tokens_file: join(nginx.root, 'tokens.toml') },
    nginx: {
      binary: '/usr/sbin/nginx',
      config: nginx.config,
      pid_file: nginx.pidFile,
      error_log: nginx.errorLog,
      include_dir: nginx.includeDir,
      routes_dir: nginx.routesDir,
      reload: 'signal',
      test: 'direct',
      verify_listen: `127.0.0.1:${verifyPort}`,
      apply_timeout: 5000,
      lingering_workers: 8,
      lingering_memory: 1 << 30,
      lingering_wait: 30_000,
      keep_generations: 5,
    },
    services: Object.fromEntries(Object.entries(services).map(([name, settings]) => [name, withDefaults(settings)])),
  }
}

export const BLUE = routeTo('blue')
export const GREEN = routeTo('green')

async function colours() {
  const [blue, green] = await Promise.all([colourServer('blue'), colourServer('green')])
  return { blue, green }
}

/** A server that answers each request with its colour, once it has read the body. */
async function colourServer(colour: Colour): Promise<{ server: Server; address: string }> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('X-Colour', colour).end(colour))
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return { server, address: `127.0.0.1:${address.port}` }
}
