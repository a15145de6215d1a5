import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { startLoad } from '../../demo/load/load.ts'
import { agreement, colourServed } from '../support/agreement.ts'
import { INSTANT_VHOST, testEdgeHost, type EdgeHost } from '../support/edge-host.ts'
import { freePort } from '../support/ports.ts'
import { noSmallDisk, smallDisk, type SmallDisk } from '../support/small-disk.ts'

async function hostWithIncludesOn(disk: SmallDisk, strategy: 'instant' | 'reload'): Promise<EdgeHost> {
  return testEdgeHost({
    app: { strategy },
    agent: { nginxKeys: { include_dir: disk.path } },
    nginx: { included: false, http: `include ${disk.path}/http.con[f];` },
    ...(strategy === 'instant' ? { vhost: `include ${disk.path}/server/app.con[f];\n${INSTANT_VHOST}` } : {}),
  })
}

async function textsIn(directory: string): Promise<Record<string, string>> {
  const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && !entry.parentPath.includes('filler'))
  return Object.fromEntries(await Promise.all(files.map(async ({ parentPath, name }) => [join(parentPath, name), await readFile(join(parentPath, name), 'utf8')])))
}

t.test('a full include directory: a switch by reload is refused with the path and the fix, and nothing has changed', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(64)
  await using host = await hostWithIncludesOn(disk, 'reload')
  const { agent } = host
  await using load = await startLoad({ url: host.url, connections: 4, streams: 1, pauseMs: 5 })
  const before = await textsIn(disk.path)
  await disk.fill()
  for (const change of ['switch?to=green', 'switch?to=green&dry_run=true'] as const) {
    const refused = await agent.call('POST', `/v1/services/app/${change}`)
    t.match(refused, { status: 507, body: { code: 'storage_failed', detail: new RegExp(`${disk.path} cannot be written .*ENOSPC.*nothing was changed; free some space`) } })
  }
  t.same(await textsIn(disk.path), before)
  t.match((await agent.call('GET', '/v1/services/app')).body, { live: 'blue', revision: 1 })
  t.match(await load.stop(), { failed: 0, reasons: {}, streams: { cut: 0 } }, 'no reload, no failed request')

  await disk.free()
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 200 })
  t.equal(await agreement(t, host), 'green')
})

t.test('a full include directory: an instant service still switches and rolls back; only its pools wait for space', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(64)
  await using host = await hostWithIncludesOn(disk, 'instant')
  const { agent } = host
  const other = `127.0.0.1:${await freePort()}`
  await disk.fill()
  const switched = await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  t.match(switched, { status: 200, body: { warnings: [/server\/beside\/app\.conf.*ENOSPC/] } }, 'what could not be brought up to date is told')
  t.equal(await colourServed(host), 'green')
  const refused = await agent.call('PUT', '/v1/services/app/pools/blue', { servers: [other] })
  t.match(refused, { status: 507, body: { code: 'storage_failed', detail: new RegExp(`${disk.path} cannot be written .*free some space`) } })
  t.match((await agent.call('GET', '/v1/services/app')).body.pools.blue.servers, [host.apps.blue.server])
  t.match(await agent.call('POST', '/v1/services/app/rollback'), { status: 200 })
  t.equal(await agreement(t, host), 'blue')

  await disk.free()
  t.match(await agent.call('PUT', '/v1/services/app/pools/green', { servers: [other] }), { status: 200 })
  t.match((await agent.call('GET', '/v1/services/app')).body.pools.green.servers, [other])
  t.equal(await agreement(t, host), 'blue')
})

t.test('a read-only include directory: refused with how to mend it, instant switches go on', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(64)
  await using host = await hostWithIncludesOn(disk, 'instant')
  const { agent } = host
  await disk.remountReadOnly()
  const refused = await agent.call('PUT', '/v1/services/app/pools/green', { servers: [`127.0.0.1:${await freePort()}`] })
  t.match(refused, { status: 507, body: { detail: new RegExp(`${disk.path} cannot be written .*EROFS.*nothing was changed; .*remount it writable`) } })
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 200 })
  await agent.kill()
  await t.rejects(agent.start(), { message: /nginx\.include_dir: .* which is on a read-only file system/ }, 'a start is refused, since no pool could be changed')
  t.equal((await agent.ended()).code, 2)
  await disk.remountWritable()
  await agent.start()
  await agent.ready()
  t.equal(await agreement(t, host), 'green')
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'blue' }), { status: 200, body: { warnings: [] } })
  t.equal(await agreement(t, host), 'blue')
})

t.test('a read-only include directory: a service by reload is refused and stays as it is', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(64)
  await using host = await hostWithIncludesOn(disk, 'reload')
  await disk.remountReadOnly()
  const refused = await host.agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  t.match(refused, { status: 507, body: { detail: new RegExp(`${disk.path} cannot be written .*EROFS.*nothing was changed; .*remount it writable`) } })
  t.equal(await agreement(t, host), 'blue')
  await disk.remountWritable()
  t.match(await host.agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 200 })
  t.equal(await agreement(t, host), 'green')
})
