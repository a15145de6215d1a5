import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { ProbeConfig } from '../../../../agent/config.ts'
import { prepareMarkers } from '../../../../agent/nginx/markers/change.ts'
import { currentGeneration, pointTo } from '../../../../agent/nginx/markers/generations.ts'
import { noSmallDisk, smallDisk } from '../../../support/small-disk.ts'
import { BLUE, GREEN, testEdge, type Edge } from '../../../support/edge.ts'

const signal = AbortSignal.timeout(60_000)

function toGreen(edge: Edge) {
  return prepareMarkers(edge.config, edge.plan('app', BLUE), edge.plan('app', GREEN))
}

/** The same edge, its service probed through its real listener. */
function probed(edge: Edge, probe: Partial<ProbeConfig>): Edge {
  const settings: ProbeConfig = { url: `http://127.0.0.1:${edge.ports.app}/`, expect: '{colour}', timeout: 200, ...probe }
  return { ...edge, config: { ...edge.config, services: { app: { ...edge.config.services.app!, probe: settings } } } }
}

t.test('a configured probe must see the change through the real listener too', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const good = await toGreen(probed(edge, { header: 'X-Colour' }))
  await good.apply(signal)
  t.match((await good.prove(signal)).evidence, /answers as wanted .*; http:\/\/127.0.0.1:\d+\/ answered as green/)
  await good.restore()
  const bad = await toGreen(probed(edge, { expect: 'version-{colour}' }))
  await bad.apply(signal)
  await t.rejects(bad.prove(signal), { code: 'not_applied', message: /version-green/ })
  t.match((await bad.restore()).evidence, /answers as it did before the change, though no more can be proven: .*version-blue/)
})

t.test('what is served already is proven without a change', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const change = await prepareMarkers(edge.config, edge.plan('app', BLUE), edge.plan('app', BLUE))
  t.same([change.changes, change.record], [false, { mechanism: 'markers', service: 'app', from: 'gen-1', to: [] }])
  await change.apply(signal)
  t.match((await change.prove(signal)).evidence, 'from gen-1')
})

t.test('a route that something else changed meanwhile is told so', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const change = await toGreen(edge)
  await change.apply(signal)
  pointTo(edge.nginx.routesDir, 'app', 'gen-1')
  await t.rejects(change.prove(signal), { code: 'not_applied', message: /leads to gen-1 and not to gen-2: something else changed it/ })
})

t.test('an Nginx that ends during the proof is waited for, and one that comes back proves it', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const change = await toGreen(edge)
  await edge.nginx.stop('SIGKILL')
  await change.apply(signal)
  const proof = change.prove(signal)
  await edge.nginx.start()
  t.match((await proof).evidence, 'from gen-2')
})

t.test('an Nginx that stays away fails the proof when the time is over, or when told to give up', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const short = { ...edge, config: { ...edge.config, nginx: { ...edge.config.nginx, apply_timeout: 100 } } }
  const change = await toGreen(short)
  await edge.nginx.stop('SIGKILL')
  await change.apply(signal)
  await t.rejects(change.prove(signal), { code: 'not_applied', message: /did not answer within 0\.1 s.*Is Nginx running/ })
  await t.rejects(change.prove(AbortSignal.timeout(20)), { code: 'not_applied' })
  t.equal(currentGeneration(edge.nginx.routesDir, 'app'), 'gen-2')
  await t.rejects(change.restore(), { code: 'not_applied' })
  t.equal(currentGeneration(edge.nginx.routesDir, 'app'), 'gen-1', 'put back, though not proven')
})

t.test('a colour that the loaded configuration does not know to be served otherwise is not taken for proof', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const change = await toGreen(edge)
  await change.apply(signal)
  // As though somebody had taken a marker away: the slot falls back.
  rmSync(join(edge.nginx.routesDir, 'app/green-99'))
  await t.rejects(change.prove(signal), { code: 'not_applied', message: /99 gets blue instead of green/ })
})

t.test('markers on a disk that became read-only are a storage problem, and nothing was changed', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk()
  await using edge = await testEdge({ routesDir: disk.path })
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const change = await toGreen(edge)
  await disk.remountReadOnly()
  await t.rejects(change.apply(signal), { code: 'storage_failed', message: /The markers in .* cannot be written: EROFS/ })
  t.equal(currentGeneration(disk.path, 'app'), 'gen-1')
  await t.rejects(prepareMarkers(edge.config, edge.plan('app', BLUE), edge.plan('app', { ...BLUE, maintenance: 'on' })), { code: 'storage_failed' })
})
