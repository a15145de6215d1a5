import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { adoptedHost } from '../../support/adopted-host.ts'

const MAIN = fileURLToPath(new URL('../../../agent/main.ts', import.meta.url))

/** The real command, in a process of its own. */
function command(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }))
  })
}

t.test('adopt and doctor end with the documented exit codes, and speak JSON', async (t) => {
  await using host = await adoptedHost(({ web, blue }) => `server { listen 127.0.0.1:${web}; location / { proxy_pass http://127.0.0.1:${blue}; } }\n`)
  await host.nginx.start()
  const common = ['--config', host.config]
  const green = ['--green', `127.0.0.1:${host.ports.green}`]

  const shown = await command('adopt', host.vhost, ...green, '--json', ...common)
  t.equal(shown.code, 0, shown.stderr)
  t.match(JSON.parse(shown.stdout), { done: false, service: 'app', diff: /proxy_pass http:\/\/\$greenroom_app/ })

  const refused = await command('adopt', host.vhost, ...green, '--upstream', 'nobody', ...common)
  t.equal(refused.code, 3)
  t.match(refused.stderr, /refused: [^]*no proxy_pass of \S+ goes to nobody\s+By hand: choose one of 127/)
  t.equal((await command('adopt', '/nowhere', ...common)).code, 2)
  t.equal((await command('adopt', host.vhost, '--yes', '--undo', ...common)).code, 2)

  const done = await command('adopt', host.vhost, ...green, '--yes', ...common)
  t.equal(done.code, 0, done.stderr)
  t.match(done.stdout, /done: .*answered as before/)
  t.match(done.stdout, new RegExp(`start the agent: greenroom-agent run --config ${host.config}\\n[^]*adopt ${host.vhost} --undo --config ${host.config}\\n`), 'what to type next names the same configuration')
  t.equal(await host.get(), '200 blue')
  t.match((await command('adopt', host.vhost, ...common)).stdout, /under Greenroom already, as service app/)

  const broken = await command('doctor', '--json', '--config', '/nowhere')
  t.equal(broken.code, 1)
  t.match(JSON.parse(broken.stdout), { ok: false, findings: [{ check: 'configuration', state: 'fail' }] })
  const looked = await command('doctor', ...common)
  t.match(looked.stdout, /ok {3}include: .*\nok {3}vhost of app/)
  t.match(looked.stdout, /\d+ findings: \d+ ok, \d+ to look at, \d+ to mend\n$/)
})
