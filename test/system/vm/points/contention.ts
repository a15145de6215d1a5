import type { Test } from 'tap'
import { percentile } from '../../../../demo/load/percentiles.ts'
import type { Scene } from '../scene.ts'

const ROUNDS = 2
const REQUESTS = 1500
const KINDS = ['switches', 'requests'] as const

/** 5. A busy encoder slows neither switches nor requests down: with it and without it by turns, in one run. */
export async function contention(t: Test, scene: Scene): Promise<void> {
  const { table, pace } = scene
  const { sh } = scene.machine
  await scene.ready('greenroom-agent')
  await scene.stopLoad()
  // Few enough clients to leave the processors to the encoder.
  await scene.startLoad({ connections: 4, streams: 2, pauseMs: 20 })
  await scene.keepBusy()
  const cpu = async () => Number(await sh('systemctl show -P CPUUsageNSec greenroom-encoder')) / 1e9
  const times = { busy: { switches: [] as number[], requests: [] as number[] }, idle: { switches: [] as number[], requests: [] as number[] } }
  let used = 0
  let lasted = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const [before, began] = [await cpu(), performance.now()]
    times.busy.switches.push(...(await scene.switches(pace.switches)))
    times.busy.requests.push(...(await scene.load.latency(REQUESTS)))
    used += (await cpu()) - before
    lasted += (performance.now() - began) / 1000
    await sh('systemctl stop greenroom-encoder')
    times.idle.switches.push(...(await scene.switches(pace.switches)))
    times.idle.requests.push(...(await scene.load.latency(REQUESTS)))
    await sh('systemctl start greenroom-encoder')
    await scene.keepBusy()
  }
  t.ok(used > 0, 'the encoder was busy')
  table.add('processors that the encoder took meanwhile', (used / lasted).toFixed(2))
  for (const kind of KINDS) {
    const [busy, idle] = [times.busy[kind], times.idle[kind]]
    const at = (quantile: number) => ({ busy: percentile(busy, quantile), idle: percentile(idle, quantile) })
    const [p50, p99] = [at(0.5), at(0.99)]
    t.ok(p99.idle > 0 && p99.busy > 0)
    table.add(`p99 of ${kind} with a busy encoder : without`, `${(p99.busy / p99.idle).toFixed(2)} (${p99.busy.toFixed(1)} : ${p99.idle.toFixed(1)} ms; p50 ${p50.busy.toFixed(1)} : ${p50.idle.toFixed(1)} ms; ${busy.length} each)`)
  }
  await scene.stopLoad()
  await scene.startLoad()
}
