import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import type { AgentConfig } from '../../agent/config.ts'
import { createNginxTraffic } from '../../agent/nginx/nginx-traffic.ts'
import type { ReloadResult } from '../../agent/nginx/reload/deps.ts'
import type { HostPlan, PrepareOptions, Proof, Traffic, TrafficChange } from '../../agent/nginx/traffic.ts'
import { COLOURS, routeTo, type Colour } from '../../agent/switching/route.ts'
import { createLogger } from '../../shared/log.ts'
import { testConfig, type ServiceSettings } from './edge.ts'
import { testNginx, type TestNginx } from './nginx.ts'
import { freePorts } from './ports.ts'
import { findMaster } from '../../agent/nginx/process/master.ts'
import { serving, workersOf, type Worker } from '../../agent/nginx/process/workers.ts'
import { until } from './until.ts'

/** A host whose service `app` is switched by strategy `reload`, with a real Nginx and two colours behind it. */
export interface ReloadHost {
  readonly nginx: TestNginx
  readonly config: AgentConfig
  readonly traffic: Traffic
  /** Results of the reloads that the agent asked for. */
  readonly reloads: ReloadResult[]
  /** Where the user’s server block listens. */
  readonly port: number
  /** Writes the generated files, starts Nginx, and lets the agent see it, as it does within two seconds. */
  start(): Promise<void>
  plan(live: Colour): HostPlan
  /** Writes a file of the user’s, which nginx.conf includes as `sites/*.conf`; answers with its path. */
  site(name: string, text: string): Promise<string>
  /** The colour that a fresh connection through the user’s server block is answered with. */
  colour(): Promise<string>
  prepare(to: Colour, options?: Partial<PrepareOptions>): Promise<TrafficChange>
  [Symbol.asyncDispose](): Promise<void>
}

export interface ReloadHostOptions {
  readonly workers?: number
  readonly nginx?: Partial<AgentConfig['nginx']>
  readonly service?: ServiceSettings
  /** Text in the http block. */
  readonly http?: string
  readonly stream?: string
  readonly main?: string
  /** Whether generated files are there and Nginx is started. Default true. */
  readonly started?: boolean
}

export async function reloadHost(options: ReloadHostOptions = {}): Promise<ReloadHost> {
  const { workers = 2, http = '', stream, main = '', started = true } = options
  const nginx = await testNginx()
  const [verifyPort, port] = (await freePorts(2)) as [number, number]
  const backends = { blue: await colourServer('blue'), green: await colourServer('green') }
  const pools = { blue: [backends.blue.address], green: [backends.green.address] }
  const base = testConfig(nginx, { app: { strategy: 'reload', ...options.service } }, verifyPort)
  const config = { ...base, nginx: { ...base.nginx, ...options.nginx } }
  const reloads: ReloadResult[] = []
  const traffic = createNginxTraffic(config, createLogger({ level: 'silent', name: 'test' }), { onReload: (result) => reloads.push(result) })
  await mkdir(join(nginx.root, 'sites'))
  await nginx.write({ workers, main, http: `${http}\ninclude ${nginx.root}/sites/*.conf;`, ...(stream !== undefined && { stream }) })

  const host: ReloadHost = {
    nginx,
    config,
    traffic,
    reloads,
    port,
    async start() {
      await traffic.writeForLater(host.plan('blue'))
      await nginx.start()
      await traffic.inspect(host.plan('blue'))
    },
    plan: (live) => [{ name: 'app', route: routeTo(live), pools }],
    async site(name, text) {
      const path = join(nginx.root, 'sites', `${name}.conf`)
      await writeFile(path, text)
      return path
    },
    async colour() {
      const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { Connection: 'close' } })
      return answer.text()
    },
    prepare: (to, { force = false, urgent = false } = {}) => traffic.prepare(host.plan(to === 'blue' ? 'green' : 'blue'), host.plan(to), 'app', { force, urgent }),
    async [Symbol.asyncDispose]() {
      await nginx[Symbol.asyncDispose]()
      for (const colour of COLOURS) backends[colour].server.close().closeAllConnections()
    },
  }
  if (stream === undefined) await host.site('app', `server {\n  listen 127.0.0.1:${port};\n  location / {\n    proxy_pass http://app;\n  }\n}\n`)
  if (started) {
    await host.start()
  }
  return host
}

/** Applies, proves and settles. */
export async function carryOut(change: TrafficChange): Promise<Proof> {
  const signal = AbortSignal.timeout(20_000)
  await change.apply(signal)
  const proof = await change.prove(signal)
  await change.settle()
  return proof
}

/** A reload that somebody else asks for, until it is through. */
export async function reloadByHand(host: ReloadHost): Promise<void> {
  const old = new Set((await workersNow(host)).map(({ pid }) => pid))
  process.kill(await host.nginx.masterPid(), 'SIGHUP')
  await until('all workers are new', async () => {
    const now = await workersNow(host)
    return now.length > 0 && now.every(({ pid }) => !old.has(pid))
  })
}

async function colourServer(colour: Colour): Promise<{ server: Server; address: string }> {
  const server = createServer((_, response) => response.end(colour)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return { server, address: `127.0.0.1:${address.port}` }
}

/** The workers that take connections. */
export async function workersNow(host: ReloadHost): Promise<Worker[]> {
  const master = await findMaster(host.nginx.pidFile)
  return master === null ? [] : serving(await workersOf(master))
}
