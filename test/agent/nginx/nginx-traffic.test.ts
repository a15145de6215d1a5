import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createNginxTraffic } from '../../../agent/nginx/nginx-traffic.ts'
import type { HostPlan } from '../../../agent/nginx/traffic.ts'
import { createLogger } from '../../../shared/log.ts'
import { BLUE, GREEN, testEdge } from '../../support/edge.ts'
import { carryOut } from '../../support/reload-host.ts'

t.test('an instant service is switched by markers, its pools by a reload, and both are proven', async (t) => {
  await using edge = await testEdge()
  const traffic = createNginxTraffic(edge.config, createLogger({ level: 'silent', name: 'test' }))
  const blue: HostPlan = [edge.plan('app', BLUE)]
  const green: HostPlan = [edge.plan('app', GREEN)]
  await traffic.writeForLater(blue)
  await edge.nginx.start()
  t.match(await traffic.inspect(blue), { included: true, loaded: true, files: 'current', wired: { app: true }, routed: { app: true }, serving: { app: 'blue' } })
  const generation = traffic.generation('app')!
  const identity = traffic.identity()

  const change = await traffic.prepare(blue, green, 'app', { force: false, urgent: false })
  t.match(change, { diff: '', record: { mechanism: 'markers' } })
  await carryOut(change)
  t.equal(await colour(edge.ports['app']!), 'green')
  t.match(await traffic.inspect(green), { loaded: true, files: 'current', serving: { app: 'green' } })
  t.ok(traffic.generation('app')! > generation)
  t.equal(traffic.identity(), identity, 'nothing was reloaded')

  const [plan] = green
  const larger: HostPlan = [{ ...plan!, pools: { ...plan!.pools, green: [...plan!.pools.green, plan!.pools.blue[0]!] } }]
  const pool = await traffic.prepare(green, larger, 'app', { force: false, urgent: false })
  t.match(pool, { diff: /^\+.*server 127\.0\.0\.1/m, record: { mechanism: 'files' } })
  t.notMatch(pool.diff, /nonce/, 'what differs each time is not in the difference')
  await carryOut(pool)
  t.match(await readFile(join(edge.nginx.includeDir, 'http.conf'), 'utf8'), plan!.pools.blue[0]!)
  t.not(traffic.identity(), identity)
  t.match(await traffic.inspect(larger), { loaded: true, files: 'current' })
})

async function colour(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/`, { headers: { Connection: 'close' } })).text()
}
