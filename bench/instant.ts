import { readlink, rename, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Colour } from '../agent/switching/route.ts'
import { spawnApp } from '../demo/app/process.ts'
import { percentile } from '../demo/load/percentiles.ts'
import { testEdgeHost, type EdgeHost } from '../test/support/edge-host.ts'
import { rssBytes, workersOf } from './proc.ts'
import { atMost, quantiles, type Row, type Section } from './table.ts'
import { losses, underLoad } from './under-load.ts'
import { idleCost } from './idle.ts'
import { workerRows } from './workers.ts'

const SWITCHES = 1000
const ALONE = 200
const FLIPS = 4000
/** So that requests meet each flip: some ten are under way at any time. */
const FLIP_EVERY_MS = 2

/** Instant switches and bare flips under load, and what the agent itself costs. */
export async function instant(): Promise<Section[]> {
  // One success is enough for the gate, whose time is taken off below; the monitor runs at its usual pace.
  await using edge = await testEdgeHost({ startApp: spawnApp, app: { health: { path: '/healthz', successes: 1 } } })
  const sections = [await switches(edge), await flipStorm(edge)]
  const idle = await idleCost(edge.agent.pid)
  const rss = (await rssBytes(edge.agent.pid)) / 2 ** 20
  sections.push({ title: 'The agent', rows: [atMost('resident memory after all this', rss, 120, ' MB', 1), atMost('CPU when idle', idle * 100, 0.2, ' %', 3)] })
  return sections
}

interface Times {
  /** From command to proven, without the gate, ms. */
  readonly proven: number[]
  /** The whole call as its client sees it, ms. */
  readonly whole: number[]
}

async function switchToAndFro({ agent }: EdgeHost, times: number): Promise<Times> {
  const proven: number[] = []
  const whole: number[] = []
  for (let count = 0; count < times; count += 1) {
    const to: Colour = count % 2 === 0 ? 'green' : 'blue'
    const began = performance.now()
    const { status, body } = await agent.call('POST', '/v1/services/app/switch', { to })
    if (status !== 200) throw new Error(`switch ${count + 1}: ${JSON.stringify(body)}`)
    whole.push(performance.now() - began)
    proven.push(body.timings_ms.total - body.timings_ms.gates)
  }
  return { proven, whole }
}

async function switches(edge: EdgeHost): Promise<Section> {
  const before = await workersOf(edge.nginx)
  let busy: Times = { proven: [], whole: [] }
  const counts = await underLoad(edge.url, 2, async () => {
    busy = await switchToAndFro(edge, SWITCHES)
  })
  const workers = workerRows(before, await workersOf(edge.nginx))
  // The load takes all that two cores have left, so what an operation costs by itself shows only without it.
  const alone = await switchToAndFro(edge, ALONE)
  const rows: Row[] = [
    ...losses(counts, true),
    { what: 'from command to proven, without the gate, under this load', measured: quantiles(busy.proven) },
    { what: 'the whole call as its client sees it, with the gate', measured: quantiles(busy.whole) },
    { what: `${ALONE} more without load: from command to proven`, measured: quantiles(alone.proven) },
    atMost('    p50', percentile(alone.proven, 0.5), 5, ' ms', 1),
    ...workers,
  ]
  return { title: `${SWITCHES.toLocaleString('en-US')} instant switches under 50 connections and 20 held streams`, rows }
}

/** The rename alone, again and again: whether any request sees half a change. */
async function flipStorm({ agent, nginx, url }: EdgeHost): Promise<Section> {
  const link = join(nginx.routesDir, 'app')
  const generations = [basename(await readlink(link))]
  await agent.call('POST', '/v1/services/app/rollback')
  generations.push(basename(await readlink(link)))
  const counts = await underLoad(url, 0, async () => {
    for (let count = 0; count < FLIPS; count += 1) {
      await symlink(generations[count % 2] ?? '', `${link}.flip`)
      await rename(`${link}.flip`, link)
      await delay(FLIP_EVERY_MS)
    }
  })
  return { title: `A storm of ${FLIPS.toLocaleString('en-US')} bare flips under 50 busy connections`, rows: losses(counts, true) }
}
