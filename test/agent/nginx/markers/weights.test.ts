import { request } from 'node:http'
import t from 'tap'
import { prepareMarkers } from '../../../../agent/nginx/markers/change.ts'
import type { Route } from '../../../../agent/switching/route.ts'
import { BLUE, testEdge } from '../../../support/edge.ts'

const signal = AbortSignal.timeout(60_000)

function ask(port: number, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, agent: false, headers }, (response) => {
      response.setEncoding('utf8').on('data', resolve)
    })
      .on('error', reject)
      .end()
  })
}

t.test('clients are shared by weight, told apart by the configured key, and none moves back as the weight grows', async (t) => {
  await using edge = await testEdge({ services: { byCookie: { key: 'cookie:sid' }, byHeader: { key: 'header:X-User-Id' }, byAddress: {} } })
  await edge.install({ byCookie: BLUE, byHeader: BLUE, byAddress: BLUE })
  await edge.nginx.start()
  const clients = Array.from({ length: 150 }, (_, i) => `client-${i}`)
  const headers = { byCookie: (client: string) => ({ cookie: `a=b; sid=${client}` }), byHeader: (client: string) => ({ 'x-user-id': client }) }
  for (const service of ['byCookie', 'byHeader'] as const) {
    let before: Route = BLUE
    let greens = new Set<string>()
    for (const green of [10, 50, 100]) {
      const after: Route = { ...BLUE, weights: { green, blue: 100 - green } }
      const change = await prepareMarkers(edge.config, edge.plan(service, before), edge.plan(service, after))
      await change.apply(signal)
      t.match((await change.prove(signal)).evidence, green === 100 ? /00, 99 from/ : new RegExp(`${green - 1}, ${green} from`))
      const colours = await Promise.all(clients.map((client) => ask(edge.ports[service]!, headers[service](client))))
      const now = new Set(clients.filter((_, index) => colours[index] === 'green'))
      t.ok([...greens].every((client) => now.has(client)), `${green} %: nobody moved back`)
      t.ok(Math.abs((now.size / clients.length) * 100 - green) < 15, `${now.size} of ${clients.length} at ${green} %`)
      greens = now
      before = after
    }
  }
  t.same(new Set(await Promise.all(clients.slice(0, 20).map(() => ask(edge.ports.byAddress!, {})))).size, 1, 'one address, one colour')
})
