import { readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { errors } from '../../../../agent/errors.ts'
import { carryOut, reloadByHand, reloadHost } from '../../../support/reload-host.ts'

t.test('an unfinished edit of somebody else’s file is refused with file, line and difference', async (t) => {
  await using host = await reloadHost()
  const path = await host.site('app', (await readFile(join(host.nginx.root, 'sites/app.conf'), 'utf8')).replace('location / {', 'location / {\n    limit_rate 1k;'))
  const refused = { code: errors.foreignEdit.code, message: new RegExp(`${path}:4.*`, 's') }
  await t.rejects(host.prepare('green'), refused)
  await t.rejects(host.prepare('green'), { message: '+    limit_rate 1k;' })
  t.equal(await host.colour(), 'blue')
  t.match(await readFile(join(host.nginx.includeDir, 'http.conf'), 'utf8'), /upstream app/)

  const forced = await host.prepare('green', { force: true })
  t.match(forced.warnings.join(), `${path}:4`)
  await carryOut(forced)
  t.equal(await host.colour(), 'green')
  t.equal((await host.prepare('blue')).warnings.length, 0, 'from then on it counts as loaded')
})

t.test('a file added to an included directory, or taken out of it, is an edit too', async (t) => {
  await using host = await reloadHost()
  const added = await host.site('more', 'server { listen 127.0.0.1:1; server_name more; }\n')
  await t.rejects(host.prepare('green'), { code: errors.foreignEdit.code, message: `${added}:1` })
  await rm(added)
  await symlink(join(host.nginx.root, 'elsewhere.conf'), added)
  await writeFile(join(host.nginx.root, 'elsewhere.conf'), '# linked\n')
  await t.rejects(host.prepare('green'), { code: errors.foreignEdit.code, message: '+# linked' })
  await rm(added)
  await carryOut(await host.prepare('green'))
  const site = join(host.nginx.root, 'sites/app.conf')
  await rm(site)
  await t.rejects(host.prepare('blue'), { code: errors.foreignEdit.code, message: site })
})

t.test('an unfinished edit that Nginx would reject is still told as somebody else’s edit', async (t) => {
  await using host = await reloadHost()
  const path = await host.site('app', 'server { listen 127.0.0.1:1; no_such_directive on; }\n')
  await t.rejects(host.prepare('green'), { code: errors.foreignEdit.code, message: new RegExp(`${path}:1.*unknown directive "no_such_directive"`, 's') })
})

t.test('what somebody else reloaded is finished, and does not stand in the way', async (t) => {
  await using host = await reloadHost()
  await carryOut(await host.prepare('green'))
  await host.site('more', 'server { listen 127.0.0.1:1; server_name more; }\n'.replace(':1;', `:${host.port};`))
  await reloadByHand(host)
  t.same((await host.prepare('blue')).warnings, [])
})

t.test('a hand edit of a generated file is refused with its difference; force replaces it and keeps a copy', async (t) => {
  await using host = await reloadHost()
  const file = join(host.nginx.includeDir, 'http.conf')
  const edited = (await readFile(file, 'utf8')).replace('upstream app {', 'upstream app {\n    least_conn;')
  await writeFile(file, edited)
  await t.rejects(host.prepare('green'), { code: errors.generatedFileEdited.code, message: '+    least_conn;', facts: { files: [{ file }] } })
  t.equal(await readFile(file, 'utf8'), edited, 'it is not touched')
  const change = await host.prepare('green', { force: true })
  await carryOut(change)
  const [copy = ''] = await readdir(join(host.config.state_dir, 'edited'))
  t.match(change.warnings.join(), copy)
  t.equal(await readFile(join(host.config.state_dir, 'edited', copy), 'utf8'), edited)
  t.equal(await host.colour(), 'green')
})

t.test('a candidate that Nginx rejects never becomes live', async (t) => {
  await using host = await reloadHost()
  const before = await readFile(join(host.nginx.includeDir, 'http.conf'), 'utf8')
  const [plan] = host.plan('green')
  const after = [{ ...plan!, pools: { ...plan!.pools, green: ['no-such-host.invalid:80'] } }]
  await t.rejects(host.traffic.prepare(host.plan('blue'), after, 'app', { force: false, urgent: false }), {
    code: errors.candidateInvalid.code,
    message: /host not found in upstream "no-such-host\.invalid:80".*http\.conf:\d+.*server no-such-host/s,
  })
  t.equal(await readFile(join(host.nginx.includeDir, 'http.conf'), 'utf8'), before)
  t.same(await readdir(join(host.nginx.includeDir, '.changes')), [], 'nothing is left behind')
})

t.test('with Nginx not running, or not including the generated files, it is said what to do', async (t) => {
  await using host = await reloadHost()
  await host.nginx.write({ included: false, http: `upstream app { server 127.0.0.1:1; }\ninclude ${host.nginx.root}/sites/*.conf;` })
  await reloadByHand(host)
  const hint = new RegExp(`include ${host.nginx.includeDir}/http\\.conf;" to the http block that begins at line \\d+ of ${host.nginx.config}`)
  await t.rejects(host.prepare('green'), { code: errors.nginxNotIncluding.code, message: hint })
  t.match((await host.traffic.inspect(host.plan('green'))).include_hint, hint)
  await host.nginx.stop()
  await t.rejects(host.prepare('green'), { code: errors.nginxNotRunning.code, message: host.nginx.pidFile })
})
