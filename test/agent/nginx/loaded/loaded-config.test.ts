import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createLoadedConfig, type LoadedConfig } from '../../../../agent/nginx/loaded/loaded-config.ts'
import { readDisk } from '../../../../agent/nginx/loaded/disk.ts'
import { findMaster } from '../../../../agent/nginx/process/master.ts'
import { nginxRunner } from '../../../../agent/nginx/process/run-nginx.ts'
import { reloadByHand, reloadHost, type ReloadHost, workersNow } from '../../../support/reload-host.ts'
import { until } from '../../../support/until.ts'

t.test('at the first look, a file that changed after Nginx loaded it is an edit, its loaded text unknown', async (t) => {
  await using host = await reloadHost()
  const loaded = await fresh(t.testdir(), host)
  await settledWorkers(host)
  const file = await host.site('late', '# late\n')
  t.match(await edits(loaded, host), [{ file, line: 1, diff: '' }])
  t.match(await edits(loaded, host), [{ file }], 'and stays one')
  await reloadByHand(host)
  t.same(await edits(loaded, host), [], 'until it is loaded')
})

t.test('a difference is a difference, whatever its times say', async (t) => {
  await using host = await reloadHost()
  const loaded = await fresh(t.testdir(), host)
  t.same(await edits(loaded, host), [])
  const file = join(host.nginx.root, 'sites/app.conf')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace('location', '# comment\n  location'))
  t.match(await edits(loaded, host), [{ file, line: 3, diff: /^\+  # comment$/m }])
  await writeFile(file, text)
  t.same(await edits(loaded, host), [], 'an edit that was undone is none')
})

t.test('workers that crash and are started anew have not loaded anything', async (t) => {
  await using host = await reloadHost({ workers: 1 })
  const loaded = await fresh(t.testdir(), host)
  t.same(await edits(loaded, host), [])
  const file = await host.site('unfinished', '# unfinished\n')
  const [worker] = await workersNow(host)
  process.kill(worker!.pid, 'SIGKILL')
  await until('it has been started anew', async () => {
    const [now, ...others] = await workersNow(host)
    return others.length === 0 && now !== undefined && now.pid !== worker!.pid
  })
  t.match(await edits(loaded, host), [{ file }])
})

t.test('after the clock was set, change times prove nothing: what differs is an edit', async (t) => {
  await using host = await reloadHost()
  let jump = 0
  const directory = t.testdir()
  const loaded = createLoadedConfig({ path: join(directory, 'loaded.json'), errorLog: host.nginx.errorLog, now: () => Date.now() + jump })
  t.same(await edits(loaded, host), [])
  const file = await host.site('reloaded', '# reloaded by somebody else\n')
  await reloadByHand(host)
  jump = 3_600_000
  t.match(await edits(loaded, host), [{ file }])
})

t.test('a damaged snapshot is made anew', async (t) => {
  await using host = await reloadHost()
  const directory = t.testdir()
  await mkdir(directory, { recursive: true })
  const loaded = await fresh(directory, host)
  await writeFile(join(directory, 'loaded.json'), '{"version":1,')
  t.same(await edits(loaded, host), [])
  t.equal((JSON.parse(await readFile(join(directory, 'loaded.json'), 'utf8')) as { version: number }).version, 1)
})

t.test('a file of the snapshot that is gone is told, also while Nginx rejects the disk', async (t) => {
  await using host = await reloadHost()
  const loaded = await fresh(t.testdir(), host)
  t.same(await edits(loaded, host), [])
  const file = join(host.nginx.root, 'sites/app.conf')
  await rm(file)
  t.match(await loaded.editsOfKnownFiles((await findMaster(host.nginx.pidFile))!), [{ file, line: 1, diff: /^-server \{$/m }])
})

async function fresh(directory: string, host: ReloadHost): Promise<LoadedConfig> {
  return createLoadedConfig({ path: join(directory, 'loaded.json'), errorLog: host.nginx.errorLog })
}

async function edits(loaded: LoadedConfig, host: ReloadHost) {
  const master = await findMaster(host.nginx.pidFile)
  const disk = await readDisk(nginxRunner(host.config.nginx), host.nginx.includeDir)
  if (master === null || !disk.valid) throw new Error('Nginx does not run on a valid configuration')
  return loaded.edits(master, disk.foreign)
}

/** Start times are known to 10 ms: this waits until a change of a file is certainly later. */
async function settledWorkers(host: ReloadHost): Promise<void> {
  const workers = await workersNow(host)
  const youngest = Math.max(...workers.map(({ start }) => start))
  await until('the workers are older than the clock is coarse', async () => Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]) * 100 > youngest + 4)
}
