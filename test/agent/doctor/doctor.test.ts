import { spawn } from 'node:child_process'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { examine } from '../../../agent/doctor/doctor.ts'
import type { Finding } from '../../../shared/doctor/finding.ts'
import { atLeast } from '../../../agent/nginx/version.ts'
import { loadAgentConfig } from '../../../agent/load-config.ts'
import { openSwitching } from '../../../agent/switching/open.ts'
import { createLogger } from '../../../shared/log.ts'
import { adoptedHost, type AdoptedHost } from '../../support/adopted-host.ts'
import { freePort } from '../../support/ports.ts'

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin'
const log = createLogger({ level: 'error', name: 'test', destination: { write: () => {} } })

const vhost = ({ web, blue }: AdoptedHost['ports']) => `upstream app { server 127.0.0.1:${blue}; keepalive 8; }
server {
    listen 127.0.0.1:${web};
    location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }
}
`

async function adoptedAndRunning(): Promise<AdoptedHost> {
  const port = await freePort()
  const host = await adoptedHost(vhost)
  // The service’s section begins the tables that follow, so what is added goes before.
  await writeFile(host.config, (await readFile(host.config, 'utf8')).replace('[nginx]', `[api]\nlisten = ["127.0.0.1:${port}", "unix:${host.nginx.root}/api.sock"]\ntokens_file = "${host.nginx.root}/tokens.toml"\n[nginx]`))
  await host.nginx.start()
  await host.adopt({ green: [`127.0.0.1:${host.ports.green}`], yes: true })
  return host
}

const examineHost = (host: AdoptedHost, now = new Date()) => examine(host.config, { path: PATH, now, uid: 0 })
const found = (findings: readonly Finding[], state: Finding['state']) => findings.filter((finding) => finding.state === state).map(({ check, what, mend }) => `${check}: ${what} | ${mend}`)

t.test('a host that is in order has nothing to mend', async (t) => {
  await using host = await adoptedAndRunning()
  await using _agent = await openSwitching(await loadAgentConfig(host.config), log, { background: false })
  const findings = await examineHost(host)
  t.same(found(findings, 'fail'), [])
  t.match(found(findings, 'ok').join('\n'), new RegExp(`agent running: process ${process.pid}`))
  for (const check of ['configuration', 'nginx running', 'nginx -t', 'nginx.pid_file', 'nginx.error_log', 'include', 'vhost of app', 'workers reach routes_dir', 'nginx.verify_listen', 'state_dir', 'tools']) {
    t.ok(findings.some((finding) => finding.check === check && finding.state === 'ok'), check)
  }
})

t.test('each thing that would keep a switch from working is found, with how to mend it', async (t) => {
  await using host = await adoptedAndRunning()
  const original = { config: await readFile(host.config, 'utf8'), vhost: await readFile(host.vhost, 'utf8'), main: await readFile(host.nginx.config, 'utf8') }
  const restore = async () => {
    await writeFile(host.config, original.config)
    await writeFile(host.vhost, original.vhost)
    await writeFile(host.nginx.config, original.main)
  }
  const broken = async (what: string, breakIt: () => Promise<unknown>, expected: RegExp, state: Finding['state'] = 'fail') => {
    await breakIt()
    t.match(found(await examineHost(host), state).join('\n'), expected, what)
    await restore()
  }
  const edit = (file: string, from: string | RegExp, to: string) => async () => writeFile(file, (await readFile(file, 'utf8')).replace(from, to))
  const { root } = host.nginx

  await broken('the include of http.conf is gone', edit(host.nginx.config, /include \S*greenroom\/http.conf;/, ''), /include: http.conf of .*greenroom.* not included .*\| .*Add "include \S+\/http.conf;" to the http block that begins at line \d+/)
  await broken('the server block lost its include', edit(host.vhost, /include \S+;/, ''), /vhost of app: .*app.conf:\d+ uses \$greenroom_app.*answer 500 \| add "include .*server\/app.conf;"/)
  await broken('no vhost uses the service', edit(host.vhost, 'http://$greenroom_app', 'http://app'), /vhost of app: no vhost sends traffic through app \| greenroom-agent adopt VHOST --service app/, 'warn')
  await broken('open_file_cache in the server block', edit(host.vhost, 'location /', 'open_file_cache max=10;\n location /'), /open_file_cache: \S+app.conf:\d+: open_file_cache stands in the server block of app \(line 5\).*\| move it into the locations/)
  await broken('the tests without their scope', edit(host.vhost, '/server/app.conf', '/server/beside/app.conf'), /open_file_cache: .*app.conf:\d+: .*without another service's file/, 'warn')
  await broken('the same where http caches', async () => {
    await edit(host.vhost, '/server/app.conf', '/server/beside/app.conf')()
    await edit(host.nginx.config, 'http {', 'http {\nopen_file_cache max=10;')()
  }, /open_file_cache: .*delays each switch of app \| include \S+\/server\/app.conf instead/)
  await broken('disable_symlinks', edit(host.vhost, 'location /', 'disable_symlinks on;\n location /'), /disable_symlinks: .*no switch has any effect there \| write "disable_symlinks if_not_owner;"/)
  await broken('a 503 page before the maintenance page', edit(host.vhost, 'location /', 'proxy_intercept_errors on; error_page 502 503 /down.html;\n location /'), /maintenance of app: .*app.conf:\d+ has proxy_intercept_errors on and an error_page for 503.*without Retry-After \| take 503 out/, 'warn')
  await broken('an invalid configuration', edit(host.vhost, 'location /', 'nonsense on;\n location /'), /nginx -t: .*unknown directive "nonsense"/)
  await broken('another pid file', edit(host.config, /pid_file = .*/, `pid_file = "${root}/other.pid"`), /nginx running: .*other.pid names no running Nginx[^]*nginx.pid_file: Nginx writes .*nginx.pid, but nginx.pid_file is .*other.pid \| set nginx.pid_file/)
  await broken('another error log', edit(host.config, /error_log = .*/, `error_log = "${root}/other.log"`), /nginx.error_log: Nginx writes .*error.log, but nginx.error_log is .*other.log \| set nginx.error_log/)
  await broken('an error log that is no file', edit(host.nginx.config, /error_log \S+ info;/, 'error_log stderr;'), /nginx.error_log: Nginx writes its errors to stderr, not to a file/)
  await broken('no keep-alive to the application', edit(host.vhost, 'proxy_http_version 1.1;', ''), /keep-alive to app: .*every request.*\| add to that location: proxy_http_version 1.1/, 'warn')
  await broken('a configuration with a fault', edit(host.config, 'apply_timeout', 'aply_timeout'), /configuration: .*apply_timeout/)
  await broken('a program that is not there', edit(host.config, '[nginx]', '[nginx]\nbinary = "/usr/sbin/nginxx"'), /configuration: nginx.binary is "\/usr\/sbin\/nginxx", which does not exist \| it must be a program: install it/)
  await broken('nothing is broken', async () => {}, /^$/)
  t.match(found(await examineHost(host, new Date(Date.now() - 3_600_000)), 'fail').join('\n'), /clock: .*it was set back/)

  await writeFile(join(root, 'tokens.toml'), '', { mode: 0o644 })
  t.match(found(await examineHost(host), 'fail').join('\n'), /api.tokens_file: .*mode 644.*\| chmod 600/)
  await rm(join(root, 'tokens.toml'))

  await chmod(join(root, 'routes'), 0o700)
  t.match(found(await examineHost(host), 'fail').join('\n'), /workers reach routes_dir: workers \(uid \d+\) may not enter \S+\/routes \(mode 0700\).*\| chmod o\+x \S+\/routes/)
  await host.nginx.stop()
  t.match(found(await examineHost(host), 'fail').join('\n'), /nginx running: .*names no running Nginx[^]*workers reach routes_dir: workers/)
  await chmod(join(root, 'routes'), 0o755)

  const taken = createServer().listen(host.ports.verify, '127.0.0.1')
  await once(taken, 'listening')
  t.match(found(await examineHost(host), 'fail').join('\n'), new RegExp(`nginx.verify_listen: 127.0.0.1:${host.ports.verify} is taken by process ${process.pid}`))
  taken.close()
  await once(taken, 'close')
})

t.test('a second agent for the same Nginx is found', async (t) => {
  await using host = await adoptedAndRunning()
  await using _agent = await openSwitching(await loadAgentConfig(host.config), log, { background: false })
  const other = join(host.nginx.root, 'other.toml')
  await writeFile(other, (await readFile(host.config, 'utf8')).replace('/state"', '/state-2"'))
  // Only its command line matters here.
  const child = spawn('sh', ['-c', 'read line', 'greenroom-agent', 'run', '--config', other], { stdio: ['pipe', 'ignore', 'ignore'] })
  t.after(() => child.stdin?.end())
  await once(child, 'spawn')
  t.match(found(await examineHost(host), 'fail').join('\n'), new RegExp(`one agent: process ${child.pid} is another agent for the same Nginx`))
})

t.test('a first start on an empty host is not called broken', async (t) => {
  await using host = await adoptedHost(vhost)
  await host.nginx.start()
  await mkdir(join(host.nginx.root, 'empty'))
  const findings = await examineHost(host)
  t.same(found(findings, 'fail').filter((line) => !line.startsWith('api.listen')), [])
  t.match(found(findings, 'warn').join('\n'), /services: .* has no service yet \| .*greenroom-agent adopt/)
})

t.test('versions are compared as numbers', async (t) => {
  t.ok(atLeast('1.22.1', '1.9.0'))
  t.notOk(atLeast('1.22.1', '1.22.2'))
  t.ok(atLeast('1.27.4', '1.27.4'))
})
