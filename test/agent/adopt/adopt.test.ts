import { existsSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { chmod, chown, lstat, mkdir, readdir, readFile, rename, stat, symlink, unlink, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import t from 'tap'
import { put } from '../../../agent/adopt/change-nginx.ts'
import { Problem } from '../../../shared/errors/problem.ts'
import { createLogger } from '../../../shared/log.ts'
import { loadAgentConfig } from '../../../agent/load-config.ts'
import type { Colour } from '../../../agent/switching/route.ts'
import { openSwitching } from '../../../agent/switching/open.ts'
import { asNobody, cannotBeNobody } from '../../support/as-nobody.ts'
import { adoptedHost, type AdoptedHost } from '../../support/adopted-host.ts'
import { freePort, freePorts } from '../../support/ports.ts'

const simple = ({ web, blue }: AdoptedHost['ports']) => `upstream app { server 127.0.0.1:${blue}; }
server {
    listen 127.0.0.1:${web};
    location / { proxy_pass http://app; }
}
`
const green = (host: AdoptedHost) => ({ green: [`127.0.0.1:${host.ports.green}`] })
const log = createLogger({ level: 'error', name: 'test', destination: { write: () => {} } })

async function problemOf(work: Promise<unknown>): Promise<Problem> {
  try {
    await work
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('no problem')
}

async function switchTo(host: AdoptedHost, service: string, colour: Colour): Promise<void> {
  await using switching = await openSwitching(await loadAgentConfig(host.config), log, { background: false })
  const { outcome, problem } = await switching.switchTo(service, colour, { force: true }, { actor: 'test', source: 'test' }).done
  t.same([outcome, problem?.detail], ['succeeded', undefined])
}

/** Every file of the host's configuration, to see that all is as before. */
async function texts(host: AdoptedHost) {
  return { vhost: await readFile(host.vhost, 'utf8'), main: await readFile(host.nginx.config, 'utf8'), config: await readFile(host.config, 'utf8') }
}

t.test('adopt shows what would change and changes nothing', async (t) => {
  await using host = await adoptedHost(simple)
  await host.nginx.start()
  const before = await texts(host)
  const shown = await host.adopt(green(host))
  t.match(shown, '+    location / { proxy_pass http://$greenroom_app;')
  t.match(shown, '+[services.app]')
  t.match(shown, 'next: to do this: sudo greenroom-agent adopt')
  t.same(await texts(host), before)
  t.same(await readdir(host.nginx.includeDir), [])
})

t.test('adopt --yes applies with proof, the service then switches, and --undo takes it back', async (t) => {
  await using host = await adoptedHost(simple)
  await host.nginx.start()
  const before = await texts(host)
  const done = await host.adopt({ ...green(host), yes: true })
  t.match(done, /done: \d+ fresh connections were answered.*; a request through the vhost answered as before/)
  t.equal(await host.get(), '200 blue')

  const config = await loadAgentConfig(host.config)
  {
    await using switching = await openSwitching(config, log, { background: false })
    t.same(switching.ready(), { ready: true, problems: [] })
    const { outcome } = await switching.switchTo('app', 'green', { force: true }, { actor: 'test', source: 'test' }).done
    t.equal(outcome, 'succeeded')
  }
  t.equal(await host.get(), '200 green')

  const refused = await problemOf(host.adopt({ undo: true }))
  t.equal(refused.code, 'adopt_refused')
  t.match(refused.message, /live on green.*greenroom-agent switch app blue/)
  t.equal(await host.get(), '200 green')

  t.match(await host.adopt({ undo: true, force: true }), /done: /)
  t.equal(await host.get(), '200 blue')
  t.same(await texts(host), before)
  t.match((await problemOf(host.adopt({ undo: true }))).message, /was not adopted by this command, or that is undone/)
})

/** Shapes that are odd to read and common to meet: line ends of Windows, braces in comments, pieces in other files, one vhost twice. */
const odd = ({ web }: AdoptedHost['ports']) => `# { no block
map $http_upgrade $connection_upgrade { default upgrade; '' close; }
server { # } {
    listen 127.0.0.1:${web};	# server {
    root /nonexistent;
    location / { try_files $uri @app; } # }
    location @app {
        include headers.inc;
        proxy_pass http://app; # was http://old {
    }
    location ~ ^/(a|b)/ { proxy_set_header Connection $connection_upgrade; proxy_pass "http://app"; }
    location /api { proxy_pass http://app/; location /api/deep { proxy_pass http://app; } }
    location /own { return 200 own; }
}
server { listen 127.0.0.1:${web}; server_name other.example; location / { proxy_pass http://app; } }`.replaceAll('\n', '\r\n')

t.test('a vhost of odd shape is adopted, switched, and given back byte for byte', async (t) => {
  await using host = await adoptedHost(odd)
  const { ports, nginx } = host
  await writeFile(join(nginx.root, 'more-upstreams.conf'), `upstream app {\n zone app 64k;\n server [::ffff:127.0.0.1]:${ports.blue} max_fails=0;\n server 127.0.0.1:1 down;\n keepalive 16;\n}\n`)
  await writeFile(join(dirname(nginx.config), 'headers.inc'), 'proxy_set_header Host $host;\nproxy_set_header Upgrade $http_upgrade;\n')
  await nginx.start()
  const before = await texts(host)
  const everywhere = async () => Promise.all(['/', '/a/1', '/api/x', '/api/deep/x', '/own'].map(async (path) => host.get(path)))
  await host.adopt({ ...green(host), yes: true })
  t.same(await everywhere(), ['200 blue', '200 blue', '200 blue', '200 blue', '200 own'])
  await switchTo(host, 'app', 'green')
  t.same(await everywhere(), ['200 green', '200 green', '200 green', '200 green', '200 own'])
  await switchTo(host, 'app', 'blue')
  await host.adopt({ undo: true })
  t.same(await texts(host), before)
  t.same(await everywhere(), ['200 blue', '200 blue', '200 blue', '200 blue', '200 own'])
})

t.test('a link in sites-enabled stays a link, and the file keeps its mode', async (t) => {
  await using host = await adoptedHost(simple)
  const real = join(host.nginx.root, 'available')
  await rename(host.vhost, real)
  await chmod(real, 0o640)
  await symlink(real, host.vhost)
  await host.nginx.start()
  await host.adopt({ ...green(host), yes: true })
  t.match(await readFile(real, 'utf8'), '$greenroom_app')
  t.ok((await lstat(host.vhost)).isSymbolicLink())
  t.equal((await stat(real)).mode & 0o777, 0o640)
})

t.test('with Nginx stopped it is tested and served at the next start', async (t) => {
  await using host = await adoptedHost(simple)
  t.match(await host.adopt({ ...green(host), yes: true }), /Nginx is not running; it accepts the files/)
  await host.nginx.start()
  t.equal(await host.get(), '200 blue')
})

t.test('two services of one server block are adopted, switched and undone each for itself', async (t) => {
  const api = { service: 'api', upstream: 'api' }
  await using host = await adoptedHost(
    ({ web, blue, green }) => `upstream web { server 127.0.0.1:${blue}; }\nupstream api { server 127.0.0.1:${green}; }
server { listen 127.0.0.1:${web}; location / { proxy_pass http://web; } location /api { proxy_pass http://api; } }\n`,
  )
  await host.nginx.start()
  const before = await readFile(host.vhost, 'utf8')
  // Each other colour is a port that nothing listens on; what counts here is which service a request goes by.
  const [one, two] = await freePorts(2)
  await host.adopt({ service: 'web', upstream: 'web', green: [`127.0.0.1:${one}`], yes: true })
  const first = await readFile(host.vhost, 'utf8')
  t.match(await host.adopt({ ...api, green: [`127.0.0.1:${two}`], yes: true }), /done: /)
  t.match(await readFile(host.vhost, 'utf8'), /include \S+\/server\/beside\/api.conf;[^]*include \S+\/server\/web.conf;/)
  t.same([await host.get(), await host.get('/api')], ['200 blue', '200 green'])
  await switchTo(host, 'api', 'green')
  t.same([await host.get(), (await host.get('/api')).slice(0, 3)], ['200 blue', '502'])
  await switchTo(host, 'api', 'blue')
  const routes = async () => (await readdir(host.nginx.routesDir)).filter((name) => !name.startsWith('gen-'))
  t.same(await routes(), ['api', 'web'])
  await host.adopt({ undo: true })
  t.equal(await readFile(host.vhost, 'utf8'), first)
  t.same([await host.get(), await host.get('/api')], ['200 blue', '200 green'])
  await switchTo(host, 'web', 'blue')
  t.same(await routes(), ['web'], 'the next start removes what is left of the other')
  await host.adopt({ undo: true })
  t.equal(await readFile(host.vhost, 'utf8'), before)
})

t.test('a second service on the same host leaves the first alone, and so does its undo', async (t) => {
  const web2 = await freePort()
  await using host = await adoptedHost(simple)
  await writeFile(join(host.nginx.root, 'more-2.conf'), `server { listen 127.0.0.1:${web2}; location / { proxy_pass http://127.0.0.1:${host.ports.green}; } }\n`)
  await host.nginx.start()
  const other = await freePort()
  await host.adopt({ green: [`127.0.0.1:${other}`], yes: true })
  const second = join(host.nginx.root, 'more-2.conf')
  await host.adopt({ service: 'two', green: [`127.0.0.1:${await freePort()}`], yes: true }, second)
  const answer = await fetch(`http://127.0.0.1:${web2}/`)
  t.equal(await answer.text(), 'green')
  t.equal(await host.get(), '200 blue')
  // The first one's undo must leave the include that the second needs.
  await host.adopt({ undo: true })
  t.equal(await host.get(), '200 blue')
  t.equal(await (await fetch(`http://127.0.0.1:${web2}/`)).text(), 'green')
  const config = await loadAgentConfig(host.config)
  t.same(Object.keys(config.services), ['two'])
  await using switching = await openSwitching(config, log, { background: false })
  t.same(switching.ready().problems, [])
})

t.test('under strategy reload an upstream changes hands in one reload, also beside other services, and back', async (t) => {
  await using host = await adoptedHost(simple)
  const web2 = await freePort()
  const second = join(host.nginx.root, 'more-2.conf')
  const text = `upstream api { server 127.0.0.1:${host.ports.green}; }\nserver { listen 127.0.0.1:${web2}; location / { proxy_pass http://api; } }\n`
  await writeFile(second, text)
  await host.nginx.start()
  await host.adopt({ green: [`127.0.0.1:${await freePort()}`], yes: true })
  const overlap = await problemOf(host.adopt({ strategy: 'reload', green: [`127.0.0.1:${host.ports.blue}`] }, second))
  t.equal(overlap.code, 'adopt_refused')
  t.match(overlap.message, /which is in app’s blue pool already/)
  const third = createHttpServer((_, outgoing) => outgoing.end('third')).listen(0, '127.0.0.1')
  await once(third, 'listening')
  t.after(() => third.close())
  const { port } = third.address() as { port: number }
  await host.adopt({ strategy: 'reload', green: [`127.0.0.1:${port}`], yes: true }, second)
  const api = async () => (await fetch(`http://127.0.0.1:${web2}/`, { headers: { Connection: 'close' } })).text()
  t.equal(await api(), 'green')
  {
    await using switching = await openSwitching(await loadAgentConfig(host.config), log, { background: false })
    t.same(switching.ready().problems, [])
    const there = await switching.switchTo('api', 'green', { force: true }, { actor: 'test', source: 'test' }).done
    t.equal(there.outcome, 'succeeded', String(there.problem?.detail))
    t.equal(await api(), 'third')
    const back = await switching.switchTo('api', 'blue', { force: true }, { actor: 'test', source: 'test' }).done
    t.equal(back.outcome, 'succeeded', String(back.problem?.detail))
  }
  await host.adopt({ undo: true }, second)
  t.equal(await readFile(second, 'utf8'), text)
  t.equal(await api(), 'green')
  t.equal(await host.get(), '200 blue')
  await using switching = await openSwitching(await loadAgentConfig(host.config), log, { background: false })
  t.same(switching.ready().problems, [])
})

t.test('a stream upstream is adopted, switched and given back', async (t) => {
  await using host = await adoptedHost(({ web, blue }) => `upstream db { server 127.0.0.1:${blue}; }\nserver { listen 127.0.0.1:${web}; proxy_pass db; }\n`, 'stream')
  await host.nginx.start()
  const before = await texts(host)
  await host.adopt({ ...green(host), yes: true })
  t.equal(await host.get(), '200 blue')
  {
    await using switching = await openSwitching(await loadAgentConfig(host.config), log, { background: false })
    t.same(switching.ready().problems, [])
    for (const colour of ['green', 'blue'] as const) {
      const { outcome, problem } = await switching.switchTo('db', colour, {}, { actor: 'test', source: 'test' }).done
      t.equal(outcome, 'succeeded', String(problem?.detail))
      t.equal(await host.get(), `200 ${colour}`)
    }
  }
  await host.adopt({ undo: true })
  t.same(await texts(host), before)
  t.equal(await host.get(), '200 blue')
})

t.test('a configuration that Nginx rejects is put back, with its line', async (t) => {
  await using host = await adoptedHost((ports) => `${simple(ports)}upstream greenroom_app_blue { server 127.0.0.1:1; }\n`)
  await host.nginx.start()
  const before = await texts(host)
  const problem = await problemOf(host.adopt({ ...green(host), yes: true }))
  t.equal(problem.code, 'candidate_invalid')
  t.match(problem.message, /duplicate upstream "greenroom_app_blue"/)
  t.same(await texts(host), before)
  t.equal(await host.get(), '200 blue')
})

t.test('a reload that fails silently is noticed and put back', async (t) => {
  await using host = await adoptedHost(simple)
  await host.nginx.start()
  const before = await texts(host)
  // The address of the maintenance page is held by somebody else: nginx -t passes, the reload does not.
  const holder = createServer().listen(host.ports.verify, '127.0.0.2')
  await once(holder, 'listening')
  t.after(() => holder.close())
  const problem = await problemOf(host.adopt({ ...green(host), yes: true }))
  t.equal(problem.code, 'not_applied')
  t.match(problem.message, /bind\(\) to 127.0.0.2:\d+ failed.*The files are as before, and the workers from before still serve them/s)
  t.same(await texts(host), before)
  t.equal(await host.get(), '200 blue')
})

t.test('a port that another program has is named before anything is touched', async (t) => {
  await using host = await adoptedHost(simple)
  const before = await texts(host)
  const holder = createServer().listen(host.ports.verify, '127.0.0.1')
  await once(holder, 'listening')
  t.after(() => holder.close())
  const problem = await problemOf(host.adopt({ ...green(host), yes: true }))
  t.equal(problem.code, 'adopt_refused')
  t.match(problem.message, new RegExp(`needs 127.0.0.1:${host.ports.verify}, which process ${process.pid} .*nginx.verify_listen`))
  t.same(await texts(host), before)
})

t.test('workers that cannot read the markers are noticed and it is put back', async (t) => {
  await using host = await adoptedHost(simple)
  await host.nginx.start()
  const before = await texts(host)
  await writeFile(host.config, before.config.replace(/routes_dir = ".*"/, `routes_dir = "${host.nginx.root}/state/private/routes"`))
  await mkdir(join(host.nginx.root, 'state/private'), { recursive: true })
  await chmod(join(host.nginx.root, 'state/private'), 0o700)
  const problem = await problemOf(host.adopt({ ...green(host), yes: true }))
  t.equal(problem.code, 'not_applied')
  t.match(problem.message, /cannot read the route markers.*Nginx has loaded them again/s)
  t.equal((await texts(host)).vhost, before.vhost)
  t.equal(await host.get(), '200 blue')
})

t.test("somebody's unfinished edit is refused, naming file and line", async (t) => {
  await using host = await adoptedHost(simple)
  await host.nginx.start()
  // Change times and start times are compared by the clock tick.
  await delay(1100)
  await writeFile(join(host.nginx.root, 'more-edit.conf'), 'map $uri $unfinished { default 1; }\n')
  const problem = await problemOf(host.adopt({ ...green(host), yes: true }))
  t.equal(problem.code, 'foreign_edit')
  t.match(problem.message, /more-edit.conf:1/)
})

t.test('while an agent runs, it says to stop it', async (t) => {
  await using host = await adoptedHost(simple)
  await host.nginx.start()
  const before = await texts(host)
  await using _agent = await openSwitching(await loadAgentConfig(host.config), log, { background: false })
  const problem = await problemOf(host.adopt({ ...green(host), yes: true }))
  t.equal(problem.code, 'already_running')
  t.match(problem.message, /systemctl stop greenroom-agent/)
  t.same(await texts(host), before)
})

t.test('a vhost edited after the adoption keeps that edit when it is undone', async (t) => {
  await using host = await adoptedHost(simple)
  await host.nginx.start()
  await host.adopt({ ...green(host), yes: true })
  await writeFile(host.vhost, `${await readFile(host.vhost, 'utf8')}\n# a note of ours\n\n\n`)
  await host.nginx.stop()
  await host.nginx.start()
  await host.adopt({ undo: true })
  t.match(await readFile(host.vhost, 'utf8'), /proxy_pass http:\/\/app;[^]*# a note of ours/)
})

t.test('an adoption whose process died between two files is undone from its record', async (t) => {
  await using host = await adoptedHost(simple)
  await host.nginx.start()
  const before = await texts(host)
  await host.adopt({ ...green(host), yes: true })
  const [name] = await readdir(join(host.nginx.root, 'state/adopt'))
  const record = join(host.nginx.root, 'state/adopt', name!)
  await writeFile(record, (await readFile(record, 'utf8')).replace('"applied"', '"begun"'))
  // agent.toml was written, the vhost not yet, the include file was.
  await writeFile(host.vhost, before.vhost)
  await host.nginx.stop()
  await host.nginx.start()
  await host.adopt({ undo: true })
  t.same(await texts(host), before)
  t.match(JSON.parse(await readFile(record, 'utf8')), { outcome: 'undone' })
})

t.test('a vhost whose service another vhost goes by is not taken back before that one', async (t) => {
  await using host = await adoptedHost(simple)
  const second = join(host.nginx.root, 'more-2.conf')
  await writeFile(second, `server { listen 127.0.0.1:${await freePort()}; location / { proxy_pass http://app; } }\n`)
  const before = await texts(host)
  await host.adopt({ ...green(host), yes: true })
  await host.adopt({ ...green(host), yes: true }, second)
  const problem = await problemOf(host.adopt({ undo: true }))
  t.match(problem.message, `more-2.conf:1 goes by service app, too, which this would remove. Take that back first: greenroom-agent adopt ${second} --undo --config ${host.config}.`)
  await host.adopt({ undo: true }, second)
  await host.adopt({ undo: true })
  t.same(await texts(host), before)
})

t.test('root takes nothing back by a record that root did not write', { skip: process.getuid?.() === 0 ? false : 'needs root' }, async (t) => {
  const AGENT = 1234
  await using host = await adoptedHost(simple)
  const state = join(host.nginx.root, 'state')
  const records = join(state, 'adopt')
  const target = join(host.nginx.root, 'sudoers')
  // As the package makes it.
  await mkdir(state)
  await chown(state, AGENT, AGENT)
  await host.adopt({ ...green(host), yes: true })
  t.match(await stat(records), { uid: 0 }, 'what root made goes to the agent’s user, but not this')
  t.match(await stat(join(state, 'state.json')), { uid: AGENT })
  const [name] = await readdir(records)
  const genuine = await readFile(join(records, name!), 'utf8')
  const forged = JSON.stringify({ ...JSON.parse(genuine), nginx: [{ path: target, before: 'agent ALL=(ALL) NOPASSWD: ALL\n', after: null }] })
  // Whoever owns the state directory can put another one in the place of the records.
  await rename(records, join(state, 'away'))
  await mkdir(records)
  await writeFile(join(records, name!), forged)
  for (const path of [records, join(records, name!)]) await chown(path, AGENT, AGENT)
  t.match((await problemOf(host.adopt({ undo: true }))).message, `${name} may say how to take the adoption of ${host.vhost} back, but not root wrote it`)
  await rename(records, join(state, 'forged'))
  await symlink(join(state, 'forged'), records)
  t.match((await problemOf(host.adopt({ undo: true }))).message, 'cannot be read')
  t.throws(() => statSync(target), { code: 'ENOENT' })
  await unlink(records)
  await rename(join(state, 'away'), records)
  t.match(await host.adopt({ undo: true }), /done: /)
})

t.test('an adoption that cannot be noted as done stands whole, and is undone like any other', async (t) => {
  let records = ''
  let away = ''
  // While the vhost is asked, the record of the adoption can no longer be written.
  const app = createHttpServer((_, outgoing) => {
    if (existsSync(records)) {
      renameSync(records, away)
      writeFileSync(records, '')
      records = ''
    }
    outgoing.end('app')
  }).listen(0, '127.0.0.1')
  await once(app, 'listening')
  t.after(() => app.close())
  const { port } = app.address() as { port: number }
  await using host = await adoptedHost(({ web }) => `upstream app { server 127.0.0.1:${port}; }\nserver { listen 127.0.0.1:${web}; location / { proxy_pass http://app; } }\n`)
  await host.nginx.start()
  const before = await texts(host)
  const directory = join(host.nginx.root, 'state/adopt')
  ;[records, away] = [directory, `${directory}.away`]
  t.match(await host.adopt({ ...green(host), yes: true }), /error: It cannot be noted as applied: [^]*done: /)
  t.same(Object.keys((await loadAgentConfig(host.config)).services), ['app'])
  await unlink(directory)
  await rename(away, directory)
  await host.adopt({ undo: true })
  t.same(await texts(host), before)
})

t.test('who may not write a file is told to run it as root, before anything is touched', { skip: cannotBeNobody }, async (t) => {
  t.equal(
    await asNobody('agent/adopt/safeguards.ts', 'refuseUnlessWritable', ['/tmp/x', '/nonexistent/x', '/etc/passwd'], 'greenroom-agent adopt V --yes'),
    'You may not write /etc/passwd. Nothing was changed. Run it as root: sudo greenroom-agent adopt V --yes',
  )
})

t.test('what is generated is written and removed below the agent’s directory only, whatever links lie there', async (t) => {
  const dir = t.testdir({ owned: {}, elsewhere: { 'app.conf': 'theirs' } })
  const [owned, theirs] = [join(dir, 'owned'), join(dir, 'elsewhere/app.conf')]
  await symlink(join(dir, 'elsewhere'), join(owned, 'server'))
  for (const text of ['ours', null]) await t.rejects(put(join(owned, 'server/app.conf'), text, owned), { message: /outside|leads out/ })
  t.equal(await readFile(theirs, 'utf8'), 'theirs')
  await put(theirs, 'ours', owned)
  t.equal(await readFile(theirs, 'utf8'), 'ours', 'what lies elsewhere by its own name is root’s to change')
})
