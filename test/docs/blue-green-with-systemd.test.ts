import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { execa } from 'execa'
import t from 'tap'
import { httpServer, type TestServer } from '../support/servers.ts'

/** The deploy script of docs/how-to/blue-green-with-systemd.md, run as it stands there but for its paths. */

const { failed: toolMissing } = await execa({ reject: false })`sh -c ${'command -v bash && command -v jq && command -v curl && command -v flock'}`
const skip = toolMissing ? 'bash, jq, curl or flock is not installed' : false

interface Answer {
  readonly status: number
  readonly body: object
}

interface Asked {
  readonly call: string
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

const succeeded: Answer = { status: 200, body: { id: '01J', timings_ms: { total: 12 } } }

function service(settings: object = {}) {
  return (green: string) => ({
    status: 200,
    body: {
      live: 'blue', revision: 17, operation: null, weights: { blue: 100, green: 0 },
      pools: { blue: { servers: ['127.0.0.1:1'] }, green: { servers: [green] } },
      ...settings,
    },
  })
}

/** An agent that answers as told. `null`: it hangs up. */
async function agent(shown: Answer, ...switches: (Answer | null)[]): Promise<TestServer & { asked: Asked[] }> {
  const asked: Asked[] = []
  const answer = async (request: IncomingMessage): Promise<Answer | null> => {
    const body = request.method === 'POST' ? await json(request) : null
    asked.push({ call: `${request.method} ${request.url}`, headers: request.headers, body })
    return request.method === 'POST' ? (switches.shift() ?? null) : shown
  }
  const server = await httpServer((request, response) => {
    void answer(request).then((given) => {
      if (given === null) return response.destroy()
      return response.writeHead(given.status, { 'Content-Type': 'application/json' }).end(JSON.stringify(given.body))
    })
  })
  return Object.assign(server, { asked })
}

function problem(status: number, code: string): Answer {
  return { status, body: { status, code, detail: 'what and why' } }
}

async function host(directory: string, api: TestServer) {
  const at = (name: string) => join(directory, name)
  const page = await readFile(new URL('../../docs/how-to/blue-green-with-systemd.md', import.meta.url), 'utf8')
  const script = /^```bash\n(.*?)^```/ms.exec(page)?.[1] ?? ''
  const moved = script
    .replace('127.0.0.1:9440', api.address)
    .replaceAll('/srv/app', at('srv'))
    .replace('/etc/app/deploy.header', at('deploy.header'))
    .replace('/run/lock/deploy-app', at('lock'))
    .replace('--retry 30', '--retry 1')
    .replace('sleep 2', 'sleep 0')
  for (const name of ['bin', 'srv', 'srv/green', 'release']) await mkdir(at(name), { recursive: true })
  await writeFile(at('deploy.header'), 'Authorization: Bearer gr_deploy_secret\n')
  await writeFile(at('release/version'), '42')
  await writeFile(at('srv/green/leftover'), '')
  await writeFile(at('bin/systemctl'), `#!/bin/sh\necho "$@" >> ${at('systemctl.log')}\n`, { mode: 0o755 })
  await writeFile(at('bin/ss'), '#!/bin/sh\n', { mode: 0o755 })
  await writeFile(at('deploy-app'), moved)
  return {
    at,
    deploy: async (...args: string[]) => execa('bash', [at('deploy-app'), ...args], { env: { PATH: `${at('bin')}:${process.env['PATH']}` }, reject: false }),
    systemctl: async () => (await readFile(at('systemctl.log'), 'utf8').catch(() => '')).trim().split('\n').filter(Boolean),
  }
}

t.test('installs on the idle colour, switches to it on one condition, and ends with 0', { skip }, async (t) => {
  await using app = await httpServer((_, response) => response.end())
  await using api = await agent(service()(app.address), succeeded)
  const { at, deploy, systemctl } = await host(t.testdir(), api)
  const { exitCode, stdout, stderr } = await deploy(at('release'), 'release "42"')
  t.equal(exitCode, 0, stderr)
  t.equal(stdout, 'green is live (12 ms, operation 01J)')
  t.same(await systemctl(), ['stop app@green', 'start app@green'])
  t.equal(await readFile(at('srv/green/version'), 'utf8'), '42')
  await t.rejects(readFile(at('srv/green/leftover')), { code: 'ENOENT' })
  t.match(api.asked, [
    { call: 'GET /v1/services/app' },
    { call: 'POST /v1/services/app/switch', body: { to: 'green', reason: 'release "42"' }, headers: { 'if-match': '"17"', authorization: 'Bearer gr_deploy_secret' } },
  ])
})

t.test('asks again with the same key when the connection is lost', { skip }, async (t) => {
  await using app = await httpServer((_, response) => response.end())
  await using api = await agent(service()(app.address), null, succeeded)
  const { at, deploy } = await host(t.testdir(), api)
  t.equal((await deploy(at('release'), 'x')).exitCode, 0)
  const keys = api.asked.slice(1).map(({ headers }) => headers['idempotency-key'])
  t.equal(keys.length, 2)
  t.match(keys[0], /^[0-9a-f-]{36}$/)
  t.equal(keys[0], keys[1])
})

t.test('a switch that does not succeed ends with the exit code of its kind, and says why', { skip }, async (t) => {
  await using app = await httpServer((_, response) => response.end())
  const directory = t.testdir()
  const cases: [number, string, number][] = [
    [422, 'gate_refused', 3], [409, 'operation_in_progress', 3], [412, 'revision_mismatch', 3], [502, 'not_applied', 1], [401, 'unauthenticated', 1], [404, 'service_unknown', 2],
  ]
  await Promise.all(
    cases.map(async ([status, code, exit]) => {
      await using api = await agent(service()(app.address), problem(status, code))
      const { at, deploy } = await host(join(directory, String(status)), api)
      const { exitCode, stderr } = await deploy(at('release'), 'x')
      t.equal(exitCode, exit, code)
      t.equal(stderr, `deploy-app: ${code}: what and why`)
    }),
  )
})

t.test('touches nothing while an operation runs or the idle colour has traffic', { skip }, async (t) => {
  const directory = t.testdir()
  for (const [name, settings] of Object.entries({ running: { operation: '01J' }, sharing: { weights: { blue: 95, green: 5 } } })) {
    await using api = await agent(service(settings)('127.0.0.1:1'))
    const { at, deploy, systemctl } = await host(join(directory, name), api)
    t.equal((await deploy(at('release'), 'x')).exitCode, 3)
    t.same(await systemctl(), [])
  }
})

t.test('does not switch to a copy that does not become healthy', { skip }, async (t) => {
  await using app = await httpServer((_, response) => response.writeHead(503).end())
  await using api = await agent(service()(app.address))
  const { at, deploy } = await host(t.testdir(), api)
  const { exitCode, stderr } = await deploy(at('release'), 'x')
  t.equal(exitCode, 1)
  t.match(stderr, 'app@green did not become healthy')
  t.equal(api.asked.length, 1)
})

t.test('a step that fails ends it with 1, whatever the step’s own exit code', { skip }, async (t) => {
  await using api = await agent(service()('127.0.0.1:1'))
  const { at, deploy } = await host(t.testdir(), api)
  await writeFile(at('bin/systemctl'), '#!/bin/sh\nexit 3\n')
  t.equal((await deploy(at('release'), 'x')).exitCode, 1)
  t.equal(api.asked.length, 1)
})

t.test('wrong use ends it with 2, before anything is asked', { skip }, async (t) => {
  await using api = await agent(service()('127.0.0.1:1'))
  const { at, deploy } = await host(t.testdir(), api)
  t.equal((await deploy()).exitCode, 2)
  t.equal((await deploy(at('missing'), 'x')).exitCode, 2)
  t.equal(api.asked.length, 0)
})
