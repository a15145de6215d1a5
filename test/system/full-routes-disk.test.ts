import { join } from 'node:path'
import { chmod, mkdir } from 'node:fs/promises'
import t from 'tap'
import { startLoad } from '../../demo/load/load.ts'
import { agreement } from '../support/agreement.ts'
import { testEdgeHost } from '../support/edge-host.ts'
import { noSmallDisk, smallDisk } from '../support/small-disk.ts'

t.test('a routes directory that can take no more files: the switch is refused, names it, and nothing has changed', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(256, { inodes: 600 })
  await using host = await testEdgeHost({ agent: { nginxKeys: { routes_dir: join(disk.path, 'routes') } } })
  const { agent } = host
  await using load = await startLoad({ url: host.url, connections: 4, streams: 1, pauseMs: 5 })
  await disk.fill()
  const refused = await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  t.match(refused, { status: 507, body: { code: 'storage_failed', detail: new RegExp(`${disk.path}/routes cannot be written: ENOSPC.*free some space`) } })
  t.match(await agent.call('POST', '/v1/services/app/maintenance', { on: true }), { status: 507 })
  t.equal(await agreement(t, host), 'blue')

  await disk.free()
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 200 })
  t.equal(await agreement(t, host), 'green')
  t.match(await load.stop(), { failed: 0, reasons: {}, streams: { cut: 0 } })
})

t.test('a routes directory on a disk full of data: switches need no block and go on', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(256)
  await using host = await testEdgeHost({ agent: { nginxKeys: { routes_dir: join(disk.path, 'routes') } } })
  await disk.fill()
  t.match(await host.agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 200, body: { warnings: [] } })
  t.match(await host.agent.call('POST', '/v1/services/app/rollback'), { status: 200, body: { warnings: [] } })
  t.equal(await agreement(t, host), 'blue')
})

t.test('a routes directory that is mounted read-only: the switch is refused, names it, and what is served stays', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(256)
  const routes = join(disk.path, 'routes')
  await mkdir(routes)
  await chmod(routes, 0o755)
  await using host = await testEdgeHost({ agent: { nginxKeys: { routes_dir: routes } } })
  await disk.remountReadOnly()
  const refused = await host.agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  t.match(refused, { status: 507, body: { detail: new RegExp(`${routes} cannot be written: EROFS.*remount it writable`) } })
  t.equal(await agreement(t, host), 'blue')
  await disk.remountWritable()
  t.match(await host.agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 200 })
  t.equal(await agreement(t, host), 'green')
})
