import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { reloadHost } from '../../support/reload-host.ts'

t.test('what runs, what is included, used and loaded', async (t) => {
  await using host = await reloadHost({ workers: 3 })
  t.match(await host.traffic.inspect(host.plan('blue')), {
    running: true,
    pid: await host.nginx.masterPid(),
    version: /^1\.\d+\.\d+/,
    workers: 3,
    lingering: [],
    included: true,
    include_hint: null,
    wired: { app: true },
    files: 'current',
    edited: [],
    loaded: true,
  })
  t.match(await host.traffic.inspect(host.plan('green')), { files: 'outdated' })
})

t.test('a hand-edited generated file is told with its difference', async (t) => {
  await using host = await reloadHost()
  const file = join(host.nginx.includeDir, 'http.conf')
  await writeFile(file, `${await readFile(file, 'utf8')}# mine\n`)
  t.match(await host.traffic.inspect(host.plan('blue')), { files: 'edited', edited: [{ file, diff: /^\+# mine$/m }] })
})

t.test('an include of a file that is still to be written counts, though Nginx rejects it', async (t) => {
  await using host = await reloadHost({ started: false })
  const text = (await readFile(host.nginx.config, 'utf8')).replace('http.con[f]', 'http.conf')
  await writeFile(host.nginx.config, text)
  t.match(await host.traffic.inspect(host.plan('blue')), { running: false, pid: null, included: true, files: 'absent', loaded: false })
})

t.test('without a server block that uses it, the service is not wired', async (t) => {
  await using host = await reloadHost()
  await host.site('app', `# proxy_pass http://app;\nserver { listen 127.0.0.1:${host.port}; location / { proxy_pass http://application; } }\n`)
  t.match(await host.traffic.inspect(host.plan('blue')), { wired: { app: false } })
})

t.test('the pid file of another program is not Nginx', async (t) => {
  await using host = await reloadHost({ started: false })
  for (const text of [`${process.pid}\n`, '', 'nonsense', '99999999']) {
    await writeFile(host.nginx.pidFile, text)
    t.match(await host.traffic.inspect(host.plan('blue')), { running: false, pid: null, workers: 0 })
  }
  await rm(host.nginx.pidFile)
})
