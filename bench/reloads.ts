import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { otherColour, type Colour } from '../agent/switching/route.ts'
import { spawnApp } from '../demo/app/process.ts'
import { percentile } from '../demo/load/percentiles.ts'
import { testEdgeHost } from '../test/support/edge-host.ts'
import { followEvents } from '../test/support/events.ts'
import { emergWatch } from './emerg-watch.ts'
import { workersOf } from './proc.ts'
import { atMost, quantiles, type Section } from './table.ts'
import { losses, underLoad } from './under-load.ts'
import { workerRows } from './workers.ts'

const RELOADS = 20
const BROKEN = 20
const limits = (key: string) => `limit_req_zone ${key} zone=visitors:1m rate=1000r/s;\n`

/** Switches by reload, for comparison, and reloads that Nginx silently drops. */
export async function reloads(): Promise<Section[]> {
  await using edge = await testEdgeHost({
    startApp: spawnApp,
    app: { strategy: 'reload' },
    agent: { nginxKeys: { lingering_workers: 1000, lingering_memory: '8GiB' } },
    nginx: { http: 'include limits.con[f];' },
    prepare: async (nginx) => writeFile(join(nginx.root, 'limits.conf'), limits('$binary_remote_addr')),
  })
  const { agent, nginx, url } = edge
  let live: Colour = 'blue'
  async function switchByReload(): Promise<number> {
    live = otherColour(live)
    const { status, body } = await agent.call('POST', '/v1/services/app/switch', { to: live, force: true })
    if (status !== 200) throw new Error(`switch to ${live}: ${JSON.stringify(body)}`)
    return body.timings_ms.apply + body.timings_ms.prove
  }
  const alone: number[] = []
  for (let count = 0; count < RELOADS; count += 1) alone.push(await switchByReload())

  const before = await workersOf(nginx)
  let after = before
  const loaded: number[] = []
  const counts = await underLoad(url, 0, async () => {
    for (let count = 0; count < RELOADS; count += 1) loaded.push(await switchByReload())
    after = await workersOf(nginx)
  })

  const known: number[] = []
  const answered: number[] = []
  await writeFile(join(nginx.root, 'limits.conf'), limits('$http_x_visitor'))
  for (let count = 0; count < BROKEN; count += 1) {
    using watch = await emergWatch(nginx.errorLog)
    await using events = await followEvents(agent)
    const answer = agent.call('POST', '/v1/services/app/switch', { to: otherColour(live), force: true })
    const [logged, restoring] = await Promise.all([watch.seen, events.until(({ step }) => step === 'restore').then(() => performance.now())])
    const { body } = await answer
    if (body.code !== 'not_applied' || !String(body.detail).includes('limit_req')) throw new Error(`a broken reload was not noticed: ${JSON.stringify(body)}`)
    known.push(restoring - logged)
    answered.push(performance.now() - logged)
  }
  return [
    {
      title: `${RELOADS} switches by reload under 50 busy connections and 20 held streams, for comparison`,
      rows: [
        ...losses(counts, false),
        ...workerRows(before, after),
        { what: 'from writing to proven, under this load', measured: quantiles(loaded) },
        { what: 'from writing to proven, without load', measured: quantiles(alone) },
        atMost('    p50', percentile(alone, 0.5), 150, ' ms', 1),
      ],
    },
    {
      title: `${BROKEN} reloads that Nginx silently drops`,
      rows: [
        { what: 'known, after the [emerg] line', measured: quantiles(known) },
        atMost('    p99', percentile(known, 0.99), 50, ' ms', 1),
        { what: 'answered, with the files of before proven', measured: quantiles(answered) },
      ],
    },
  ]
}
