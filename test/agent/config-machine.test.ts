import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { checkMachine } from '../../agent/config-machine.ts'
import { parseAgentConfig } from '../../agent/load-config.ts'
import { asNobody, cannotBeNobody } from '../support/as-nobody.ts'
import { noSmallDisk, smallDisk } from '../support/small-disk.ts'
import { traversableDirectory } from '../support/temporary.ts'

const run = promisify(execFile)

/** A configuration all of whose paths exist, with lines added to its tables. */
function configIn(directory: string, { top = '', nginx = '', api = '', service = '' } = {}) {
  return parseAgentConfig(`
state_dir = "${directory}/state"
${top}
[api]
${api}
[nginx]
config = "${directory}/nginx.conf"
include_dir = "${directory}/include"
routes_dir = "${directory}/state/routes"
${nginx}
[services.app]
pools.blue.servers = ["127.0.0.1:1"]
pools.green.servers = ["127.0.0.1:2"]
${service}
`)
}

t.test('what systemd hands over to a unit is not missed while that unit does not run', async (t) => {
  const directory = t.testdir({ 'nginx.conf': '', include: {} })
  const tls = (unit: string) => `tls = { cert = "/run/credentials/${unit}/tls.crt", key = "/run/credentials/${unit}/tls.key" }`
  const faults = await checkMachine(configIn(directory, { api: tls('no-such-unit.service') }))
  t.same(faults.filter(({ place }) => place.startsWith('api.tls')), [])
})

t.test('finds nothing on a machine that has everything; directories need not exist yet', async (t) => {
  const directory = t.testdir({ 'nginx.conf': '', 'page.html': '<p>' })
  t.same(await checkMachine(configIn(directory, { service: 'maintenance.page = "' + directory + '/page.html"' })), [])
})

t.test('names the missing, unusable and wrong, each with its setting and the fix', async (t) => {
  const directory = t.testdir({ 'not-a-program': '', include: 'a file', 'nginx.conf': {} })
  const faults = await checkMachine(
    configIn(directory, {
      nginx: `binary = "${directory}/not-a-program"`,
      service: `maintenance.page = "${directory}/missing.html"\n[[services.app.gates.command]]\nname = "x"\ncommand = ["/no/such/program"]\n[[services.app.gates.command]]\nname = "y"\ncommand = ["found-in-path"]`,
    }),
  )
  t.match(faults, [
    { place: 'nginx.binary', found: `"${directory}/not-a-program", which this user may not execute`, expected: /install it \(apt-get install nginx\), or set nginx\.binary/ },
    { place: 'nginx.config', found: `"${directory}/nginx.conf", which is a directory`, expected: /a file that this user can read/ },
    { place: 'nginx.include_dir', found: `"${directory}/include", which is not a directory`, expected: /move the file away, then mkdir -p/ },
    { place: 'services.app.maintenance.page', found: /missing\.html", which does not exist/, expected: /ls -l/ },
    { place: 'services.app.gates.command[0].command[0]', found: /"\/no\/such\/program", which does not exist/, expected: /a program that exists/ },
  ])
  t.equal(faults.length, 5)
})

t.test('what exists and this user may not use', { skip: cannotBeNobody }, async (t) => {
  const directory = await traversableDirectory('greenroom-machine-')
  t.teardown(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'nginx.conf'), '')
  await mkdir(join(directory, 'include'), { mode: 0o755 })
  await writeFile(join(directory, 'page.html'), '', { mode: 0o600 })
  const config = configIn(directory, { service: `maintenance.page = "${directory}/page.html"` })
  t.match(await asNobody('agent/config-machine.ts', 'checkMachine', config), [
    { place: 'state_dir', found: /which does not exist, and this user may not make it/, expected: /mkdir -p .*\/state && chown/ },
    { place: 'nginx.include_dir', found: /which this user may not read and write/, expected: /chown/ },
    { place: 'nginx.routes_dir', found: /may not make it/ },
    { place: 'services.app.maintenance.page', found: /which this user may not read/ },
  ])
})

t.test('a directory on a read-only file system', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk()
  await disk.remountReadOnly()
  const directory = t.testdir({ 'nginx.conf': '' })
  const config = configIn(directory)
  t.match(await checkMachine({ ...config, nginx: { ...config.nginx, include_dir: disk.path } }), [{ place: 'nginx.include_dir', found: /on a read-only file system/, expected: /ReadWritePaths=/ }])
})

t.test('certificates and keys that are none, or not of each other', async (t) => {
  const directory = t.testdir({ 'nginx.conf': '', 'text.pem': 'hello' })
  for (const name of ['a', 'b']) {
    await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${name}`, '-keyout', join(directory, `${name}.key`), '-out', join(directory, `${name}.crt`)])
  }
  const check = (cert: string, key: string, ca = 'a.crt') =>
    checkMachine(configIn(directory, { api: `tls = { cert = "${directory}/${cert}", key = "${directory}/${key}", client_ca = "${directory}/${ca}" }` }))
  t.same(await check('a.crt', 'a.key'), [])
  t.match(await check('a.crt', 'b.key'), [{ place: 'api.tls.key', found: /b\.key", which is the key of another certificate/, expected: /the private key of api\.tls\.cert/ }])
  t.match(await check('text.pem', 'a.key'), [{ place: 'api.tls.cert', found: /holds no certificate/, expected: /BEGIN CERTIFICATE/ }])
  t.match(await check('a.crt', 'text.pem', 'a.key'), [{ place: 'api.tls.key', found: /holds no usable private key/ }, { place: 'api.tls.client_ca', found: /holds no certificate/ }])
  await writeFile(join(directory, 'empty.key'), '')
  t.match(await check('missing.crt', 'empty.key'), [{ place: 'api.tls.cert', found: /does not exist/ }, { place: 'api.tls.key', found: /no usable private key/ }])
})
