import { chmodSync } from 'node:fs'
import t from 'tap'
import { prepareMarkers } from '../../../../agent/nginx/markers/change.ts'
import { currentGeneration, pointTo } from '../../../../agent/nginx/markers/generations.ts'
import { recoverMarkers } from '../../../../agent/nginx/markers/recover.ts'
import type { ChangeRecord } from '../../../../agent/nginx/traffic.ts'
import type { Route } from '../../../../agent/switching/route.ts'
import { BLUE, GREEN, testEdge, type Edge } from '../../../support/edge.ts'

const GREEN_MAINTENANCE: Route = { ...GREEN, maintenance: 'on' }

type MarkerRecord = Extract<ChangeRecord, { mechanism: 'markers' }>

/** A change that was prepared, and of which `steps` renames were made before its process died. */
async function died(edge: Edge, steps: number, after: Route): Promise<MarkerRecord> {
  const { record } = await prepareMarkers(edge.config, edge.plan('app', BLUE), edge.plan('app', after))
  if (record.mechanism !== 'markers') throw new Error('not a change of markers')
  for (const generation of record.to.slice(0, steps)) pointTo(edge.nginx.routesDir, 'app', generation)
  return record
}

async function recover(edge: Edge, record: MarkerRecord, after: Route) {
  return recoverMarkers(edge.config, record, edge.plan('app', BLUE), edge.plan('app', after))
}

async function served(edge: Edge): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${edge.ports.app}/`)
  return answer.ok ? answer.text() : String(answer.status)
}

t.test('an agent that died before the rename finds what was before, and says so', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  t.match(await recover(edge, await died(edge, 0, GREEN), GREEN), { result: 'restored', detail: /was on gen-1, not on gen-2; gen-1 as before is back and proven/ })
  t.equal(await served(edge), 'blue')
})

t.test('an agent that died after the rename proves and finishes the change', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  t.match(await recover(edge, await died(edge, 1, GREEN), GREEN), { result: 'finished', detail: /proven now/ })
  t.equal(await served(edge), 'green')
})

t.test('an agent that died between the two renames of a change goes back', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const record = await died(edge, 1, GREEN_MAINTENANCE)
  t.equal(record.to.length, 2)
  t.equal(await served(edge), '503')
  t.match(await recover(edge, record, GREEN_MAINTENANCE), { result: 'restored' })
  t.equal(await served(edge), 'blue')
})

t.test('with Nginx dead too, the markers go back on disk, for Nginx to find', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const record = await died(edge, 1, GREEN)
  await edge.nginx.stop('SIGKILL')
  t.match(await recover(edge, record, GREEN), { result: 'restored', detail: /Nginx is not running.*point to gen-1 as before/ })
  t.equal(currentGeneration(edge.nginx.routesDir, 'app'), 'gen-1')
  await edge.nginx.start()
  t.equal(await served(edge), 'blue')
})

t.test('what neither way can be proven is called unproven, with the reason', { skip: process.getuid?.() !== 0 && 'needs workers of another user' }, async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const record = await died(edge, 1, GREEN)
  chmodSync(edge.nginx.routesDir, 0o700)
  t.match(await recover(edge, record, GREEN), { result: 'unproven', detail: /chmod o\+x/ })
})

t.test('a record whose generations are gone is restored from the route itself', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const record = await died(edge, 1, GREEN)
  t.match(await recover(edge, { ...record, from: 'gen-77', to: ['gen-78'] }, GREEN), { result: 'restored' })
  t.equal(await served(edge), 'blue')
})
