import { readFile, readdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import t, { type Test } from 'tap'
import { errors } from '../../../../agent/errors.ts'
import { createNginxTraffic } from '../../../../agent/nginx/nginx-traffic.ts'
import { stageSwap } from '../../../../agent/nginx/reload/swap.ts'
import { renderFiles } from '../../../../agent/nginx/render/render.ts'
import type { ChangeRecord, Recovered } from '../../../../agent/nginx/traffic.ts'
import { createLogger } from '../../../../shared/log.ts'
import { reloadHost, type ReloadHost } from '../../../support/reload-host.ts'

const soon = () => AbortSignal.timeout(20_000)

t.test('an agent that died before it wrote anything: nothing to put back', async (t) => {
  await using host = await reloadHost()
  const { record } = await host.prepare('green')
  t.match(await recover(host, record), { result: 'restored', detail: /nothing of it was on disk/ })
  await serves(t, host, 'blue')
})

for (const [when, forward] of [['had staged the files', false], ['had put the files in place', true]] as const) {
  t.test(`an agent that died when it ${when}, before it told Nginx: put back without a reload`, async (t) => {
    await using host = await reloadHost()
    const { record } = await host.prepare('green')
    const swap = await stage(host, record)
    if (forward) await swap.forward()
    t.match(await recover(host, record), { result: 'restored', detail: /had not been told to reload/ })
    await serves(t, host, 'blue')
    t.same(host.reloads, [])
  })
}

t.test('an agent that died with half of the files in place: put back', async (t) => {
  await using host = await reloadHost()
  const { record } = await host.prepare('green')
  await stage(host, record)
  await writeFile(join(host.nginx.includeDir, 'http.conf'), '')
  const recovered = await recover(host, record)
  t.match(recovered, { result: 'restored', detail: /had been edited meanwhile; that is kept as/ })
  await serves(t, host, 'blue')
})

t.test('an agent that died right after it told Nginx: finished or restored, and what is said is what is served', async (t) => {
  await using host = await reloadHost()
  const change = await host.prepare('green')
  await change.apply(soon())
  const recovered = await recover(host, change.record)
  t.match(recovered.result, /^(finished|restored)$/)
  await serves(t, host, recovered.result === 'finished' ? 'green' : 'blue')
  await change.settle()
})

t.test('an agent that died when the change was proven, but not journaled: finished', async (t) => {
  await using host = await reloadHost()
  const change = await host.prepare('green')
  await change.apply(soon())
  await change.prove(soon())
  t.match(await recover(host, change.record), { result: 'finished' })
  await serves(t, host, 'green')
  await change.settle()
})

t.test('agent and Nginx died together: the files from before are back, for Nginx to start with', async (t) => {
  await using host = await reloadHost()
  const change = await host.prepare('green')
  await change.apply(soon())
  await host.nginx.stop('SIGKILL')
  t.match(await recover(host, change.record), { result: 'restored', detail: /Nginx is not running/ })
  await host.nginx.start()
  await serves(t, host, 'blue')
  await change.settle()
})

t.test('agent and Nginx died, and Nginx came back first with the new files: finished', async (t) => {
  await using host = await reloadHost()
  const change = await host.prepare('green')
  await change.apply(soon())
  await host.nginx.stop('SIGKILL')
  await host.nginx.start()
  t.match(await recover(host, change.record), { result: 'finished' })
  await serves(t, host, 'green')
  await change.settle()
})

t.test('an agent that died after a reload that failed: put back, and loaded anew', async (t) => {
  await using host = await reloadHost({ http: 'limit_req_zone $binary_remote_addr zone=one:1m rate=9r/s;' })
  const main = await readFile(host.nginx.config, 'utf8')
  await writeFile(host.nginx.config, main.replace('$binary_remote_addr zone', '$uri zone'))
  const change = await host.prepare('green', { force: true })
  await change.apply(soon())
  await t.rejects(change.prove(soon()), { code: errors.notApplied.code })
  t.match(await recover(host, change.record), { result: 'unproven', detail: new RegExp(`not loaded.*${host.nginx.config}`, 's') }, 'a reload would activate the edit that made it fail')
  await writeFile(host.nginx.config, main)
  t.match(await recover(host, change.record), { result: 'restored', detail: /loaded again/ })
  await serves(t, host, 'blue')
  await change.settle()
})

t.test('an agent that died while Nginx tested its files: the next change puts them back first', async (t) => {
  await using host = await reloadHost()
  const before = await readFile(join(host.nginx.includeDir, 'http.conf'), 'utf8')
  const after = renderFiles(host.config, host.plan('green'), 'candidate')
  const swap = await stageSwap(host.nginx.includeDir, 'test-candidate', ['http.conf'], after)
  await swap.forward()
  t.equal((await host.prepare('blue')).changes, false)
  t.equal(await readFile(join(host.nginx.includeDir, 'http.conf'), 'utf8'), before)
  t.same(await readdir(join(host.nginx.includeDir, '.changes')), [])
})

/** As another process would: it knows only what is on disk. */
async function recover(host: ReloadHost, record: ChangeRecord): Promise<Recovered> {
  const traffic = createNginxTraffic(host.config, createLogger({ level: 'silent', name: 'test' }))
  return traffic.recover(record, host.plan('blue'), host.plan('green'), 'app')
}

async function stage(host: ReloadHost, record: ChangeRecord) {
  if (record.mechanism !== 'files') throw new Error('not a change of files')
  return stageSwap(host.nginx.includeDir, basename(record.copies), ['http.conf'], renderFiles(host.config, host.plan('green'), record.nonce_after))
}

async function serves(t: Test, host: ReloadHost, colour: 'blue' | 'green'): Promise<void> {
  t.same(await Promise.all(Array.from({ length: 10 }, () => host.colour())), Array.from({ length: 10 }, () => colour))
  t.match(await host.traffic.inspect(host.plan(colour)), { files: 'current', loaded: true })
}
