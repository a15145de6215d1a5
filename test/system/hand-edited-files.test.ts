import { appendFile, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { agreement, colourServed } from '../support/agreement.ts'
import { testEdgeHost } from '../support/edge-host.ts'
import { freePort } from '../support/ports.ts'
import { until } from '../support/until.ts'

t.test('a generated file edited by hand: refused with the difference; force replaces it and keeps a copy', async (t) => {
  await using host = await testEdgeHost({ app: { strategy: 'reload' } })
  const { agent, nginx } = host
  const file = join(nginx.includeDir, 'http.conf')
  await appendFile(file, '# my tweak\n')
  const edited = await readFile(file, 'utf8')
  const refused = await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  t.match(refused, { status: 422, body: { code: 'generated_file_edited', detail: /http\.conf is generated, but was edited by hand.*override with force/s } })
  t.match(refused.body.detail, /^\+# my tweak$/m, 'and only the edit is in the difference')
  t.notMatch(refused.body.detail, /^-[^-]/m)
  t.equal(await readFile(file, 'utf8'), edited)
  t.equal(await colourServed(host), 'blue')

  const { stdout, stderr, code } = await agent.command('switch', 'app', 'green')
  t.equal(code, 3, stdout)
  t.match(stderr, /--force/)

  const forced = await agent.call('POST', '/v1/services/app/switch', { to: 'green', force: true })
  t.match(forced, { status: 200, body: { warnings: [/by force it is replaced, and kept as/] } })
  const [copy = ''] = await readdir(join(agent.stateDir, 'edited'))
  t.equal(await readFile(join(agent.stateDir, 'edited', copy), 'utf8'), edited)
  t.equal(await agreement(t, host), 'green')
  await agent.ready()
})

t.test('a generated file edited by hand, of a service that switches by rename: only a rollback passes without force, and a start touches nothing', async (t) => {
  await using host = await testEdgeHost()
  const { agent, nginx } = host
  const file = join(nginx.includeDir, 'server', 'app.conf')
  await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  await appendFile(file, '# my tweak\n')
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'blue' }), { status: 422, body: { code: 'generated_file_edited', detail: /^\+# my tweak$/m } })
  t.match(await agent.call('POST', '/v1/services/app/rollback'), { status: 200 })
  await agent.kill()
  await agent.start()
  t.match(await agent.call('GET', '/readyz'), { status: 503, body: { problems: [/app\.conf was edited by hand\. .* with force, which replaces the file and keeps a copy/] } })
  t.match(await readFile(file, 'utf8'), /# my tweak/)
  t.equal(await colourServed(host), 'blue')
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'blue', force: true }), { status: 200, body: { warnings: [/by force it is replaced, and kept as/, /Nothing to change/] } })
  t.notMatch(await readFile(file, 'utf8'), /# my tweak/)
  await agent.ready()
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 200, body: { warnings: [] } })
  t.equal(await agreement(t, host), 'green')
})

t.test('somebody else’s unfinished edit: a reload is refused naming file and line, a switch by rename is not', async (t) => {
  await using host = await testEdgeHost()
  const { agent, nginx } = host
  const lines = (await readFile(nginx.config, 'utf8')).split('\n')
  const line = lines.findIndex((one) => one.includes('worker_connections')) + 1
  await writeFile(nginx.config, lines.map((one) => one.replace('worker_connections 1024', 'worker_connections 512')).join('\n'))
  const servers = [`127.0.0.1:${await freePort()}`]
  const refused = await agent.call('PUT', '/v1/services/app/pools/green', { servers })
  t.match(refused, { status: 422, body: { code: 'foreign_edit', file: nginx.config, line } })
  t.match(refused.body.detail, new RegExp(`${nginx.config}:${line} .*\\+ *events \\{ worker_connections 512`, 's'))
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 200 }, 'no reload, nobody’s edit is activated')
  t.match(await agent.call('POST', '/v1/services/app/rollback'), { status: 200 })

  process.kill(await nginx.masterPid(), 'SIGHUP')
  await until('its author has loaded it', async () => (await agent.call('PUT', '/v1/services/app/pools/green', { servers, dry_run: true })).status === 200)
  t.match(await agent.call('PUT', '/v1/services/app/pools/green', { servers }), { status: 200, body: { warnings: [] } }, 'a finished edit is in nobody’s way')
  t.equal(await agreement(t, host), 'blue')

  await writeFile(nginx.config, `${await readFile(nginx.config, 'utf8')}\nnonsense;\n`)
  const broken = await agent.call('PUT', '/v1/services/app/pools/green', { servers: [host.apps.green.server] })
  t.match(broken, { status: 422, body: { code: 'foreign_edit', detail: /Nginx rejects it as it is: .*unknown directive "nonsense"/ } })
  t.equal(await agreement(t, host), 'blue')
})

t.test('somebody else’s unfinished edit is kept out of a start too', async (t) => {
  await using host = await testEdgeHost()
  const { agent, nginx } = host
  await agent.kill()
  const config = await readFile(nginx.config, 'utf8')
  await writeFile(nginx.config, config.replace('worker_connections 1024', 'worker_connections 512'))
  const settings = await readFile(agent.config, 'utf8')
  await writeFile(agent.config, settings.replace(host.apps.green.server, `127.0.0.1:${await freePort()}`))
  await agent.start()
  t.match(await agent.call('GET', '/readyz'), { status: 503, body: { problems: [new RegExp(`${nginx.config}:\\d+`)] } })
  t.equal(await colourServed(host), 'blue')
  t.match(await agent.call('POST', '/v1/services/app/maintenance', { on: true }), { status: 200 }, 'what needs no reload works')
  t.match(await agent.call('POST', '/v1/services/app/maintenance', { on: false }), { status: 200 })
  await writeFile(nginx.config, config)
  process.kill(await nginx.masterPid(), 'SIGHUP')
  await agent.ready()
  t.equal(await agreement(t, host), 'blue')
})
