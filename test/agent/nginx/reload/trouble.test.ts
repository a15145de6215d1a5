import { once } from 'node:events'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { errors } from '../../../../agent/errors.ts'
import { carryOut, reloadByHand, reloadHost, type ReloadHost } from '../../../support/reload-host.ts'

const soon = () => AbortSignal.timeout(20_000)

t.test('Nginx killed in the middle of a reload is noticed, and the files from before are back', async (t) => {
  await using host = await reloadHost()
  const before = await generated(host)
  const change = await host.prepare('green')
  await change.apply(soon())
  await host.nginx.stop('SIGKILL')
  await t.rejects(change.prove(soon()), { code: errors.notApplied.code, message: /master process \d+ ended during the reload/ })
  await t.rejects(change.restore(), { code: errors.restoreFailed.code, message: /back on disk, but Nginx is not running/ })
  t.equal(await generated(host), before)
  await host.nginx.start()
  t.equal(await host.colour(), 'blue')
})

t.test('a master that is replaced in the middle, with the new files, is brought back to those from before', async (t) => {
  await using host = await reloadHost()
  const change = await host.prepare('green')
  await change.apply(soon())
  await host.nginx.stop('SIGKILL')
  await host.nginx.start()
  t.equal(await host.colour(), 'green')
  await t.rejects(change.prove(soon()), { code: errors.notApplied.code })
  t.match((await change.restore()).evidence, /loaded again/)
  t.equal(await host.colour(), 'blue')
  t.same(host.reloads, ['failed', 'restored'])
})

t.test('a reload that half succeeds, its new workers not living, is known at once and named', async (t) => {
  await using host = await reloadHost()
  const directory = join(host.nginx.root, 'work')
  await mkdir(directory)
  const main = await readFile(host.nginx.config, 'utf8')
  await writeFile(host.nginx.config, main.replace('worker_processes', `working_directory ${directory};\nworker_processes`))
  await reloadByHand(host)
  await host.traffic.inspect(host.plan('blue'))
  await rm(directory, { recursive: true })
  const change = await host.prepare('green')
  await change.apply(soon())
  await t.rejects(change.prove(soon()), { code: errors.notApplied.code, message: /exited with fatal code 2 and cannot be respawned/ })
  await mkdir(directory)
  t.match((await change.restore()).evidence, /loaded again/)
  t.equal(await host.colour(), 'blue')
})

t.test('a reload by somebody else at the same time does not pass for ours, nor stop it', async (t) => {
  await using host = await reloadHost({ workers: 4 })
  for (const to of ['green', 'blue', 'green'] as const) {
    const change = await host.prepare(to)
    process.kill(await host.nginx.masterPid(), 'SIGHUP')
    await change.apply(soon())
    process.kill(await host.nginx.masterPid(), 'SIGHUP')
    await change.prove(soon())
    t.same(await Promise.all(Array.from({ length: 30 }, () => host.colour())), Array.from({ length: 30 }, () => to))
    await change.settle()
  }
})

t.test('the error log may be rotated in the middle', async (t) => {
  await using host = await reloadHost({ http: 'limit_req_zone $binary_remote_addr zone=one:1m rate=9r/s;' })
  const main = await readFile(host.nginx.config, 'utf8')
  await writeFile(host.nginx.config, main.replace('$binary_remote_addr zone', '$uri zone'))
  const change = await host.prepare('green', { force: true })
  await rename(host.nginx.errorLog, `${host.nginx.errorLog}.1`)
  const applied = change.apply(soon())
  await applied
  await t.rejects(change.prove(soon()), { message: /limit_req "one" uses/ })
  await change.restore()
})

t.test('an error log that cannot be read is said in the proof, and in the failure', async (t) => {
  await using host = await reloadHost({ http: 'limit_req_zone $binary_remote_addr zone=one:1m rate=9r/s;', nginx: { error_log: '/dev/null', apply_timeout: 700 } })
  t.match((await carryOut(await host.prepare('green'))).evidence, /\/dev\/null is not a regular file/)
  const main = await readFile(host.nginx.config, 'utf8')
  await writeFile(host.nginx.config, main.replace('$binary_remote_addr zone', '$uri zone'))
  const change = await host.prepare('blue', { force: true })
  await change.apply(soon())
  await t.rejects(change.prove(soon()), { code: errors.notApplied.code, message: /not proven within 0\.7 s.*the generated server did not answer.*set nginx\.error_log/s })
  await change.restore()
  t.equal(await host.colour(), 'green')
})

t.test('a clock that jumps does not disturb a proof', async (t) => {
  await using host = await reloadHost()
  const now = Date.now
  t.teardown(() => (Date.now = now))
  const change = await host.prepare('green')
  await change.apply(soon())
  Date.now = () => now() + 3_600_000
  await change.prove(soon())
  Date.now = () => now() - 3_600_000
  await change.settle()
  await carryOut(await host.prepare('blue'))
  t.equal(await host.colour(), 'blue')
})

t.test('the very first installation, where no generated server answers yet', async (t) => {
  await using host = await reloadHost({ started: false })
  await rm(join(host.nginx.root, 'sites/app.conf'))
  await host.nginx.start()
  const seen = await host.traffic.inspect(host.plan('blue'))
  t.match(seen, { running: true, included: true, files: 'absent', loaded: false, wired: { app: false } })
  const change = await host.traffic.prepareInstall(host.plan('blue'), { force: false, urgent: false })
  t.match(change.record, { mechanism: 'files', nonce_before: null })
  await carryOut(change)
  t.match(await host.traffic.inspect(host.plan('blue')), { files: 'current', loaded: true })
})

t.test('a first installation whose port is held by another process leaves nothing behind', async (t) => {
  await using host = await reloadHost({ started: false })
  await rm(join(host.nginx.root, 'sites/app.conf'))
  await host.nginx.start()
  const squatter = createServer((socket) => socket.destroy()).listen(Number(host.config.nginx.verify_listen.split(':')[1]), '127.0.0.1')
  await once(squatter, 'listening')
  t.teardown(() => squatter.close())
  const change = await host.traffic.prepareInstall(host.plan('blue'), { force: false, urgent: false })
  await change.apply(soon())
  await t.rejects(change.prove(soon()), { message: /bind\(\) to .* failed.*http\.conf:\d+/ })
  await change.restore()
  t.match(await host.traffic.inspect(host.plan('blue')), { files: 'absent', loaded: false })
})

async function generated(host: ReloadHost): Promise<string> {
  return readFile(join(host.nginx.includeDir, 'http.conf'), 'utf8')
}
