import t from 'tap'
import { prepareMarkers } from '../../../../agent/nginx/markers/change.ts'
import { BLUE, GREEN, testEdge } from '../../../support/edge.ts'
import { keepAliveLoad } from '../../../support/load.ts'
import { until } from '../../../support/until.ts'

const signal = AbortSignal.timeout(60_000)

t.test('with route_cache a switch is proven only once no worker can remember the colour before', async (t) => {
  await using edge = await testEdge({ services: { app: { route_cache: 1000 } } })
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  for (const [before, after, colour] of [[BLUE, GREEN, 'green'], [GREEN, BLUE, 'blue']] as const) {
    const warm = keepAliveLoad(edge.ports.app!, 10, { pause: 5 })
    await until('both workers remember', () => warm.requests > 200)
    const change = await prepareMarkers(edge.config, edge.plan('app', before), edge.plan('app', after))
    const started = performance.now()
    await change.apply(signal)
    await change.prove(signal)
    const took = performance.now() - started
    t.same((await warm.stop()).failures, [])
    t.ok(took >= 1000 && took < 2500, `${took} ms`)
    const fresh = keepAliveLoad(edge.ports.app!, 10)
    await until('they answer', () => fresh.requests > 200)
    t.same([...(await fresh.stop()).answers.keys()], [colour])
  }
})
