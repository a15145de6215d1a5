import { readlink, rename, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { otherColour, type Colour } from '../agent/switching/route.ts'
import { spawnApp } from '../demo/app/process.ts'
import { percentile } from '../demo/load/percentiles.ts'
import { testEdgeHost, type EdgeHost } from '../test/support/edge-host.ts'
import { rssBytes, workersOf } from './proc.ts'
import { atMost, quantiles, type Row, type Section } from './table.ts'
import { losses, underLoad } from './under-load.ts'
import { idleCost } from './idle.ts'
import { workerRows } from './workers.ts'

const SWITCHES = 1000
const FLIPS = 4000
/** So that requests meet each flip: some ten are under way at any time. */
const FLIP_EVERY_MS = 2

/** Instant switches and bare flips under load, and what the agent itself costs. */
export async function instant(): Promise<Section[]> {
  // One success is enough for the gate, whose time is taken off below; the monitor runs at its usual pace.
  await using edge = await testEdgeHost({ startApp: spawnApp, app: { health: { path: '/healthz', successes: 1 } } })
  const sections = [await switches(edge), await flipStorm(edge)]
  const rss = (await rssBytes(edge.agent.pid)) / 2 ** 20
  const idle = await idleCost(edge.agent.pid)
  sections.push({ title: 'The agent', rows: [atMost('resident memory after all this', rss, 120, ' MB', 1), atMost('CPU when idle', idle * 100, 0.2, ' %', 3)] })
  return sections
}

async function switches({ agent, nginx, url }: EdgeHost): Promise<Section> {
  const before = await workersOf(nginx)
  const proven: number[] = []
  const whole: number[] = []
  let live: Colour = 'blue'
  const counts = await underLoad(url, 2, async () => {
    for (let count = 0; count < SWITCHES; count += 1) {
      live = otherColour(live)
      const began = performance.now()
      const { status, body } = await agent.call('POST', '/v1/services/app/switch', { to: live })
      if (status !== 200) throw new Error(`switch ${count + 1}: ${JSON.stringify(body)}`)
      whole.push(performance.now() - began)
      proven.push(body.timings_ms.total - body.timings_ms.gates)
    }
  })
  const rows: Row[] = [
    ...losses(counts, true),
    { what: 'from command to proven, without the gate', measured: quantiles(proven) },
    atMost('    p50', percentile(proven, 0.5), 5, ' ms', 1),
    { what: 'the whole call as its client sees it, with the gate', measured: quantiles(whole) },
    ...workerRows(before, await workersOf(nginx)),
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
