import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { percentile } from '../demo/load/percentiles.ts'
import { testAgent } from '../test/support/agent.ts'
import { INSTANT_VHOST } from '../test/support/edge-host.ts'
import { testNginx } from '../test/support/nginx.ts'
import { freePorts } from '../test/support/ports.ts'
import { startFlood, type Flood } from './load/flood.ts'
import { cpuNs, nginxPids } from './proc.ts'
import { atMost, type Row, type Section } from './table.ts'

const VARIANTS = ['static', 'instant', 'cached'] as const
type Variant = (typeof VARIANTS)[number]
type Ports = Readonly<Record<Variant, number>>

const SLICE_MS = 700
const ROUNDS = 12

/**
 * CPU of the edge’s Nginx for one request: static `proxy_pass`, `instant`, and `instant` with `route_cache`. The three
 * take turns in short slices, and each round’s ratio is to the static slice of the same round, so that whatever else
 * the machine does meets all alike; the median of the rounds counts.
 */
export async function cpuPerRequest(): Promise<Section> {
  await using stack = new AsyncDisposableStack()
  const [origin = 0, ...rest] = await freePorts(8)
  const [blue = 0, green = 0, cachedBlue = 0, cachedGreen = 0, plain = 0, instant = 0, cached = 0] = rest
  const upstream = stack.use(await testNginx())
  await writeFile(join(upstream.root, 'empty'), 'ok.\n')
  await writeFile(join(upstream.root, '64k'), 'x'.repeat(65_536))
  await upstream.write({ workers: 1, http: originServer(upstream.root, [origin, blue, green, cachedBlue, cachedGreen]) })
  await upstream.start()

  const ports: Ports = { static: plain, instant, cached }
  const edge = stack.use(
    await testNginx({
      workers: 1,
      http: `
keepalive_requests 10000000;
upstream origin { server 127.0.0.1:${origin}; keepalive 32; }
${server(plain, INSTANT_VHOST.replace('$greenroom_app', 'origin'))}
${server(instant, `include greenroom/server/app.con[f];\n${INSTANT_VHOST}`)}
${server(cached, `include greenroom/server/cached.con[f];\n${INSTANT_VHOST.replace('$greenroom_app', '$greenroom_cached')}`)}`,
    }),
  )
  const services = { app: { pools: pools(blue, green) }, cached: { pools: pools(cachedBlue, cachedGreen), route_cache: '1s' } }
  const agent = stack.use(await testAgent({ nginx: edge, services }))
  await agent.start()
  await edge.start()
  await agent.ready()

  const flood = stack.use(startFlood())
  const pids = await nginxPids(edge)
  const empty = await measure(flood, pids, ports, '/empty')
  const large = await measure(flood, pids, ports, '/64k')
  return {
    title: `CPU of Nginx per request, median of ${ROUNDS} interleaved rounds`,
    rows: [
      perRequest('static proxy_pass, 4 bytes', empty.static),
      ...compared('instant, 4 bytes', empty, 'instant', 1.35),
      ...compared('instant with route_cache, 4 bytes', empty, 'cached', 1.05),
      perRequest('static proxy_pass, 64 kB', large.static),
      ...compared('instant, 64 kB', large, 'instant', 1.05),
      perRequest('instant with route_cache, 64 kB', large.cached),
    ],
  }
}

type Rounds = Readonly<Record<Variant, readonly number[]>>

/** CPU in us per request, of each variant in each round. */
async function measure(flood: Flood, pids: readonly number[], ports: Ports, path: string): Promise<Rounds> {
  const rounds: Record<Variant, number[]> = { static: [], instant: [], cached: [] }
  const slice = async (variant: Variant) => {
    const before = await cpuNs(pids)
    const answers = await flood.run({ port: ports[variant], path, connections: 16, durationMs: SLICE_MS })
    return ((await cpuNs(pids)) - before) / answers / 1000
  }
  for (const variant of VARIANTS) await slice(variant) // warms connections and caches
  for (let round = 0; round < ROUNDS; round += 1) {
    // Each round begins with another variant, so that none is always the one after an idle moment.
    const order = VARIANTS.map((_, index) => VARIANTS[(index + round) % VARIANTS.length] ?? 'static')
    for (const variant of order) rounds[variant].push(await slice(variant))
  }
  return rounds
}

function perRequest(what: string, microseconds: readonly number[]): Row {
  return { what, measured: `${percentile(microseconds, 0.5).toFixed(1)} us` }
}

function compared(what: string, rounds: Rounds, variant: Variant, most: number): Row[] {
  const ratios = rounds[variant].map((value, round) => value / (rounds.static[round] ?? NaN))
  return [perRequest(what, rounds[variant]), atMost('    times static', percentile(ratios, 0.5), most, '', 3)]
}

function pools(blue: number, green: number) {
  return { blue: { servers: [`127.0.0.1:${blue}`] }, green: { servers: [`127.0.0.1:${green}`] } }
}

function server(port: number, text: string): string {
  return `server {\nlisten 127.0.0.1:${port};\n${text}\n}`
}

function originServer(root: string, ports: readonly number[]): string {
  return `
keepalive_requests 10000000;
server {
${ports.map((port) => `listen 127.0.0.1:${port};`).join('\n')}
root ${root};
}`
}
