import t from 'tap'
import { prepareMarkers } from '../../../../agent/nginx/markers/change.ts'
import { currentGeneration, pointTo } from '../../../../agent/nginx/markers/generations.ts'
import type { TrafficChange } from '../../../../agent/nginx/traffic.ts'
import type { Route } from '../../../../agent/switching/route.ts'
import { BLUE, GREEN, testEdge, type Edge } from '../../../support/edge.ts'
import { keepAliveLoad } from '../../../support/load.ts'
import { until } from '../../../support/until.ts'

const signal = AbortSignal.timeout(120_000)

async function change(edge: Edge, before: Route, after: Route, service = 'app'): Promise<TrafficChange> {
  return prepareMarkers(edge.config, edge.plan(service, before), edge.plan(service, after))
}

async function run(prepared: TrafficChange): Promise<string> {
  await prepared.apply(signal)
  const { evidence } = await prepared.prove(signal)
  return evidence
}

t.test('200 instant switches under busy keep-alive connections lose no request and are proven in a few ms', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  // Not quite as fast as two cores can: their starvation, and not the switch, would be measured.
  const load = keepAliveLoad(edge.ports.app!, 50, { pause: 10 })
  await until('the load runs', () => load.requests > 200)
  const took: number[] = []
  for (let i = 0; i < 200; i++) {
    const [before, after] = i % 2 === 0 ? [BLUE, GREEN] : [GREEN, BLUE]
    const from = load.requests
    const started = performance.now()
    const prepared = await change(edge, before, after)
    await run(prepared)
    took.push(performance.now() - started)
    t.same(await prepared.settle(), [])
    await until('requests meet it', () => load.requests > from + 50)
  }
  const { answers, failures } = await load.stop()
  took.sort((a, b) => a - b)
  t.comment(`${load.requests} requests; prepared, applied and proven: p50 ${took[100]!.toFixed(2)} ms, p99 ${took[198]!.toFixed(2)} ms`)
  t.same(failures, [])
  t.ok(answers.get('blue')! > 100)
  t.ok(answers.get('green')! > 100)
})

t.test('a storm of bare flips loses no request', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const blue = currentGeneration(edge.config.nginx.routes_dir, 'app')!
  await run(await change(edge, BLUE, GREEN))
  const green = currentGeneration(edge.config.nginx.routes_dir, 'app')!
  const load = keepAliveLoad(edge.ports.app!, 50)
  await until('the load runs', () => load.requests > 200)
  for (let i = 0; i < 4000; i++) {
    pointTo(edge.config.nginx.routes_dir, 'app', i % 2 === 0 ? blue : green)
    if (i % 10 === 0) await new Promise(setImmediate)
  }
  const { answers, failures } = await load.stop()
  t.comment(`${load.requests} requests during 4000 flips`)
  t.same(failures, [])
  t.same([...answers.keys()].toSorted(), ['blue', 'green'])
})
