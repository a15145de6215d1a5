import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { testAgent, type TestAgent } from '../support/agent.ts'
import { heldSockets } from '../support/held-sockets.ts'
import { testNginx } from '../support/nginx.ts'
import { freePort } from '../support/ports.ts'
import { until } from '../support/until.ts'

t.setTimeout(120_000)
const MAIN = join(import.meta.dirname, '../../agent/main.ts')

interface Prepared extends AsyncDisposable {
  readonly agent: TestAgent
  readonly port: number
  /** Words that run it. */
  readonly run: readonly string[]
}

/** An agent that has been configured and not started. */
async function prepared(apiKeys = {}): Promise<Prepared> {
  const nginx = await testNginx()
  const agent = await testAgent({ nginx, services: { app: { pools: { blue: { servers: ['127.0.0.1:1'] }, green: { servers: ['127.0.0.1:2'] } } } }, apiKeys })
  return { agent, port: Number(new URL(agent.url).port), run: [process.execPath, MAIN, 'run', '--config', agent.config], [Symbol.asyncDispose]: () => nginx[Symbol.asyncDispose]() }
}

/** One call over a connection of its own. */
async function ask(where: { socketPath: string } | { port: number }): Promise<string> {
  const call = request({ ...where, host: '127.0.0.1', path: '/healthz', agent: false }).end()
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  return `${answer.statusCode} ${await text(answer)}`
}

t.test('while systemd holds its sockets, an agent is restarted and no call is refused: it waits and is answered', async (t) => {
  await using host = await prepared()
  const { agent, port, run } = host
  await using held = heldSockets([`127.0.0.1:${port}`, `unix:${agent.socket}`], run)
  await held.started(1)
  t.match(await ask({ port }), /^200 /, 'the first call has waited for the start')
  const over = new AbortController()
  const answers: string[] = []
  const callers = [{ port }, { socketPath: agent.socket }].map(async (where) => {
    while (!over.signal.aborted) answers.push(await ask(where).catch(String))
  })
  for (const times of [2, 3]) {
    const before = held.pid()
    const begun = answers.length
    process.kill(before, 'SIGTERM')
    await held.started(times)
    t.not(held.pid(), before)
    await until('the new one answers', () => answers.length > begun + 20, 40_000)
  }
  over.abort()
  await Promise.all(callers)
  t.same([...new Set(answers.map((answer) => answer.slice(0, 4)))], ['200 '], `${answers.length} calls`)
  t.match(held.said(), /"addresses":\["127\.0\.0\.1:\d+","unix:/, 'as the configuration names them')
  t.ok(existsSync(agent.socket), 'the file of the socket stays where it is')
})

t.test('a program that the agent starts gets none of its sockets', async (t) => {
  await using host = await prepared()
  const { port, run } = host
  await using held = heldSockets([`127.0.0.1:${port}`], run)
  await held.started(1)
  await ask({ port })
  const flags = /^flags:\s+(\d+)/m.exec(await readFile(`/proc/${held.pid()}/fdinfo/3`, 'utf8'))?.[1] ?? ''
  // O_CLOEXEC: the kernel closes it when another program is executed.
  t.equal(Number.parseInt(flags, 8) & 0o2000000, 0o2000000)
})

t.test('an address that systemd holds and the configuration does not name is hung up on, and said', async (t) => {
  await using host = await prepared()
  const { port, run } = host
  const other = await freePort()
  await using held = heldSockets([`127.0.0.1:${other}`], run)
  await held.started(1)
  await until('it listens on its own', async () => (await ask({ port }).catch(() => '')).startsWith('200'), 40_000)
  await t.rejects(ask({ port: other }), { code: 'ECONNRESET' })
  t.match(held.said(), new RegExp(`systemd also listens on 127\\.0\\.0\\.1:${other} .*test\\.socket.*api\\.listen does not name`))
})

t.test('a wider address on the same port, and a socket that is open to everybody, keep it from starting', async () => {
  const port = await freePort()
  await using wide = await prepared({ listen: [`0.0.0.0:${port}`] })
  await using held = heldSockets([`127.0.0.1:${port}`], wide.run)
  await until('it says why', () => /systemd listens on 127\.0\.0\.1:\d+ for this daemon \(test\.socket\)/.test(held.said()), 40_000)

  await using open = await prepared()
  await using opened = heldSockets([`unix:${open.agent.socket},0666`], open.run)
  await until('it says why', () => /is open to every user of this host.*SocketMode=0660/.test(opened.said()), 40_000)
})
