import { once } from 'node:events'
import { appendFile, cp, readFile, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { addToken } from '../../../shared/auth/manage-tokens.ts'
import type { Operation } from '../../../agent/switching/operation.ts'
import { runCommand, runHere, startCommand } from '../../support/command.ts'
import { testEdgeHost, type EdgeHost } from '../../support/edge-host.ts'
import { httpServer } from '../../support/servers.ts'
import { until } from '../../support/until.ts'

/** A gate that answers when it is told to. */
async function heldGate(t: Test) {
  const waiting = new Set<ServerResponse>()
  const server = await httpServer((_, response) => {
    waiting.add(response)
    response.once('close', () => waiting.delete(response))
  })
  t.teardown(async () => server[Symbol.asyncDispose]())
  return {
    url: `http://${server.address}/`,
    asked: () => until('the gate is asked', () => waiting.size > 0),
    release: () => {
      for (const response of waiting) response.end('ok')
    },
  }
}

async function edgeHost(t: Test, options: Parameters<typeof testEdgeHost>[0] = {}): Promise<EdgeHost & { run: typeof runHere }> {
  const host = await testEdgeHost(options)
  t.teardown(async () => host[Symbol.asyncDispose]())
  return { ...host, run: (words, env) => runHere([...words, '--config', host.agent.config], env) }
}

t.test('one host, from morning to night', async (t) => {
  const { agent, run } = await edgeHost(t)

  await t.test('status shows what is live and how the pools are', async (t) => {
    await until('servers were checked', async () => /1\/1 healthy +1\/1 healthy/.test((await run(['status'])).stdout))
    const { code, stdout, stderr } = await run(['status'])
    t.equal(code, 0)
    t.match(stdout, /^SERVICE +LIVE +BLUE +GREEN +STATE\napp +blue +1\/1 healthy +1\/1 healthy +serving\n$/)
    t.equal(stderr, '')
    t.match((await run(['status', 'app'])).stdout, /^app {2}instant, revision 1, generation \d+\n {2}live +blue\n/)
  })

  await t.test('switch tells what is live now, how long it took, and the way back', async (t) => {
    const { code, stdout, stderr } = await runCommand(['switch', 'app', 'green', '--reason', 'release 42', '--config', agent.config])
    t.match({ code, stderr }, { code: 0, stderr: '' })
    t.match(stdout, /^app: green is live, blue was before, proven in [\d.]+ m?s \(gates .*, apply .*, prove .*\)\n {2}gate health {2}passed/)
    t.match(stdout, `to go back: greenroom-agent rollback app --config ${agent.config}`)
  })

  await t.test('--json prints the answer of the API and nothing else', async (t) => {
    const { code, stdout, stderr } = await run(['rollback', 'app', '--json'])
    t.match({ code, stderr }, { code: 0, stderr: '' })
    const operation = JSON.parse(stdout) as Operation
    t.strictSame((await agent.call('GET', `/v1/operations/${operation.id}`)).body, operation)
    const status = await run(['status', 'app', '--json'])
    t.equal(JSON.parse(status.stdout).live, 'blue')
  })

  await t.test('a dry run changes nothing and says so', async (t) => {
    const { code, stdout } = await run(['switch', 'app', 'green', '--dry-run'])
    t.equal(code, 0)
    t.match(stdout, /nothing was changed\n {2}gate health {2}passed/)
    t.equal((await agent.call('GET', '/v1/services/app')).body.live, 'blue')
  })

  await t.test('an unknown service is answered with the one that was meant', async (t) => {
    for (const words of [['status', 'ap'], ['switch', 'ap', 'green'], ['operations', '--service', 'ap']]) {
      t.match(await run(words), { code: 2, stdout: '', stderr: /next: did you mean app\?/ })
    }
  })

  await t.test('a revision that has passed is refused with 3', async (t) => {
    t.match(await run(['switch', 'app', 'green', '--if-revision', '1']), { code: 3, stderr: /^refused: [^]*next: see what changed: greenroom-agent operations --service app/ })
  })

  await t.test('maintenance goes on and off', async (t) => {
    t.match(await run(['maintenance', 'app', 'on', '--pinned-through']), { code: 0, stdout: /app: in maintenance, pinned clients are let through/ })
    t.match((await run(['status'])).stdout, /maintenance, pins through/)
    t.match(await run(['maintenance', 'app', 'off']), { code: 0, stdout: /maintenance has ended/ })
  })

  await t.test('pin prints the cookie for curl, a browser and an application', async (t) => {
    t.match(await run(['pin', 'app', 'green']), { code: 0, stdout: /greenroom_app=green, for 1h[^]*curl -b greenroom_app=green[^]*Set-Cookie: greenroom_app=green;/ })
    t.match(await run(['pin', 'app', 'none']), { code: 0, stdout: /Set-Cookie: greenroom_app=;.*Max-Age=0/ })
  })

  await t.test('the pool of the live colour is refused with what overrides it', async (t) => {
    t.match(await run(['pool', 'app', 'blue', '127.0.0.1:9']), { code: 3, stderr: /^refused: The blue pool of app serves traffic[^]*--force/ })
  })

  await t.test('a refusing gate ends with 3, with what it found and what to do', async (t) => {
    t.equal((await run(['pool', 'app', 'green', '127.0.0.1:9'])).code, 0)
    const { code, stdout, stderr } = await run(['switch', 'app', 'green'])
    t.match({ code, stdout }, { code: 3, stdout: '' })
    t.match(stderr, /^refused: .*health: 127\.0\.0\.1:9: connection refused.*\n {2}operation \w{26}\nnext: override it, if you know better: the same command with --force\n$/)
    const json = await run(['switch', 'app', 'green', '--json'])
    t.equal(json.code, 3)
    t.match(JSON.parse(json.stdout), { code: 'gate_refused', status: 422 })
  })

  await t.test('operations lists what was done, and shows all of one', async (t) => {
    const { stdout } = await run(['operations'])
    t.match(stdout, /switch to green +refused\n {4}\w{26} by socket/)
    t.match(stdout, /by socket, [\d.]+ m?s, "release 42"/)
    t.ok(stdout.split('\n').every((line) => line.length <= 80))
    const id = /(\w{26}) by socket.*"release 42"/.exec(stdout)?.[1] ?? ''
    t.match(await run(['operations', id]), { code: 0, stdout: /app: switch to green {2}succeeded[^]*by +socket from unix[^]*reason +"release 42"/ })
    t.match(await run(['operations', 'x']), { code: 2, stderr: /next: the latest operations: / })
  })

  await t.test('audit shows the last lines, and a token without the role does not', async (t) => {
    const { code, stdout } = await run(['audit', 'show', '--limit', '2'])
    t.equal(code, 0)
    t.match(stdout, /switch to green refused/)
    t.equal(stdout.split('\n').filter((line) => /^\d+ /.test(line)).length, 2)
    const token = await addToken(agent.tokensFile, { name: 'looker', role: 'viewer' })
    await until('the agent has read the file anew', async () => (await runHere(['status', '--url', agent.url], { GREENROOM_TOKEN: token })).code === 0)
    t.match(await runHere(['audit', '--url', agent.url], { GREENROOM_TOKEN: token }), { code: 1, stderr: /next: on the agent’s host, what the credential may do/ })
  })

  await t.test('credentials that are missing, wrong or expired are told apart', async (t) => {
    t.match(await runHere(['status', '--url', agent.url]), { code: 1, stderr: /next: no credential was sent: pass a token with --token-file/ })
    t.match(await runHere(['status', '--url', agent.url], { GREENROOM_TOKEN: 'nonsense' }), { code: 1, stderr: /next: what the credentials are worth, on the agent’s host: greenroom-agent token list/ })
    const old = await addToken(agent.tokensFile, { name: 'old', role: 'viewer', expires_in_ms: 1 })
    await until('the agent has read the file anew', async () => /expired/.test((await runHere(['status', '--url', agent.url], { GREENROOM_TOKEN: old })).stderr))
  })

  await t.test('a token made by the command works at once, is listed without its secret, and ends with revoke', async (t) => {
    const made = await run(['token', 'create', '--name', 'ci', '--role', 'operator', '--services', 'app', '--expires', '90d'])
    t.match(made, { code: 0, stdout: /^gr_ci_\S{43}\n$/, stderr: /shown only now.*expires on \d{4}/ })
    const file = join(agent.directory, 'ci.token')
    await writeFile(file, made.stdout, { mode: 0o600 })
    const asCi = () => runHere(['switch', 'app', 'blue', '--url', agent.url, '--token-file', file])
    await until('the agent has read the file anew', async () => (await asCi()).code === 0)
    t.match((await run(['operations', '--limit', '1'])).stdout, 'by token:ci')
    const list = await run(['token', 'list'])
    t.match(list.stdout, /^ci +bearer +operator +valid +\d{4}-\d\d-\d\d .* app$/m)
    t.notMatch(list.stdout, made.stdout.trim())
    t.match(await run(['token', 'revoke', 'cii']), { code: 2, stderr: /Did you mean ci\?/ })
    t.equal((await run(['token', 'revoke', 'ci'])).code, 0)
    await until('the agent refuses it', async () => (await asCi()).code === 1)
    t.match(await run(['token', 'create', '--name', 'ci', '--role', 'viewer']), { code: 2, stderr: /has a token named "ci" already/ })
  })

  await t.test('a half-edited configuration does not stand between operator and agent', async (t) => {
    const text = await readFile(agent.config, 'utf8')
    await appendFile(agent.config, '\n[services.web]\nstrategy = "instnat"\n')
    t.match(await run(['check-config']), { code: 2, stdout: /agent\.toml:\d+.*services\.web\.strategy[^]*faults?\n$/ })
    t.match(await run(['status', 'app']), { code: 0 })
    await writeFile(agent.config, text)
    t.match(await run(['check-config']), { code: 0, stdout: /valid, 1 service \(app\)/ })
    t.match(JSON.parse((await run(['check-config', '--json'])).stdout), { valid: true, services: ['app'] })
  })

  await t.test('a second agent, and --offline beside a running one, end with 1 and name the first', async (t) => {
    t.match(await run(['run']), { code: 1, stderr: new RegExp(`process ${agent.pid}`) })
    t.match(await run(['rollback', 'app', '--offline']), { code: 1, stderr: /Without --offline the same is asked of it: greenroom-agent rollback app/ })
  })

  await t.test('with the agent killed, rollback --offline does it with the same journal', async (t) => {
    await agent.kill('SIGKILL')
    t.match(await run(['rollback', 'app', '--offline', '--reason', 'the agent is dead']), { code: 0, stdout: /app: green is live again, blue was before/ })
    t.match(await run(['audit', 'verify']), { code: 0, stdout: /none changed or missing\nhead \d+:[0-9a-f]{64}\n$/ })
    await agent.start()
    // Its TCP address answers a moment before its socket does.
    await until('its socket answers', async () => (await run(['status'])).code === 0)
    t.match((await run(['operations', '--limit', '1'])).stdout, /rollback to green +succeeded\n.*by offline.*"the agent is dead"/)
  })

  await t.test('audit verify names the line that was changed, and ends with 1', async (t) => {
    const journal = join(agent.directory, 'copy.jsonl')
    const text = await readFile(join(agent.stateDir, 'operations.jsonl'), 'utf8')
    await writeFile(journal, text.replace('release 42', 'release 43'))
    t.match(await run(['audit', 'verify', '--journal', journal]), { code: 1, stdout: new RegExp(`${journal}:\\d+: `) })
    const lines = text.trimEnd().split('\n')
    const last = JSON.parse(lines.at(-1) ?? '') as { seq: number; hash: string }
    await writeFile(journal, `${lines.slice(0, -1).join('\n')}\n`)
    t.match(await run(['audit', 'verify', '--journal', journal]), { code: 0 })
    t.match(await run(['audit', 'verify', '--journal', journal, '--expect-head', `${last.seq}:${last.hash}`]), { code: 1, stdout: /cut off the end/ })
    const copy = join(agent.directory, 'backup')
    await cp(agent.stateDir, copy, { recursive: true, filter: (path) => path === agent.stateDir || /(operations\.jsonl|state\.json)$/.test(path) })
    t.match(await run(['audit', 'verify', '--journal', join(copy, 'operations.jsonl')]), { code: 0 })
    await writeFile(join(copy, 'operations.jsonl'), `${lines.slice(0, -1).join('\n')}\n`)
    t.match(await run(['audit', 'verify', '--journal', join(copy, 'operations.jsonl')]), { code: 1, stdout: /cut off the end/ }, 'the state.json beside it knows of more')
    t.match(await run(['audit', 'verify', '--journal', '/nonexistent']), { code: 2, stderr: /there is no such file/ })
  })

  await t.test('SIGTERM ends the agent with 0, and its socket and lock are free', async (t) => {
    t.strictSame(await agent.kill('SIGTERM'), { code: 0, signal: null })
    await agent.start()
  })
})

t.test('while an operation runs', async (t) => {
  const gate = await heldGate(t)
  const { agent, run } = await edgeHost(t, { app: { gates: { http: [{ name: 'held', url: gate.url, deadline: '30s' }] } } })

  await t.test('another one is refused with 3, and told what runs, by whom and since when', async (t) => {
    const first = startCommand(['switch', 'app', 'green', '--reason', 'release 42', '--config', agent.config])
    await gate.asked()
    const { code, stderr } = await run(['switch', 'app', 'green'])
    t.equal(code, 3)
    t.match(stderr, /app: switch to green, by socket from unix, "release 42", since \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ \(.*\), at step gates/)
    t.match(stderr, /next: see how it goes: greenroom-agent operations \w{26}/)
    t.match((await run(['status'])).stdout.replaceAll(/\s+/g, ' '), 'switch to green: gates')
    gate.release()
    t.match(await first.result, { code: 0 })
  })

  await t.test('Ctrl-C ends the waiting with 130 and says that it goes on; it does', async (t) => {
    const waiting = startCommand(['switch', 'app', 'blue', '--config', agent.config])
    await gate.asked()
    waiting.child.kill('SIGINT')
    const { code, stdout, stderr } = await waiting.result
    t.match({ code, stdout }, { code: 130, stdout: '' })
    const id = /the agent goes on with operation (\w{26})\. See how it ends: greenroom-agent operations \1/.exec(stderr)?.[1] ?? ''
    gate.release()
    await until('it has ended', async () => (await agent.call('GET', `/v1/operations/${id}`)).body.outcome === 'succeeded')
  })

  await t.test('an agent that dies meanwhile is told as an open outcome, with how to see it', async (t) => {
    const waiting = startCommand(['switch', 'app', 'green', '--config', agent.config])
    await gate.asked()
    await agent.kill('SIGKILL')
    t.match(await waiting.result, { code: 1, stderr: /broke while the operation ran[^]*greenroom-agent operations --service app/ })
    await agent.start()
    await until('its socket answers', async () => (await run(['status'])).code === 0)
  })

  await t.test('a terminal shows the steps as they go, and the result stays', async (t) => {
    const terminal = startCommand([], { terminal: ['switch', 'app', 'green', '--config', agent.config] })
    await gate.asked()
    await until('the step is shown', () => terminal.stdout().includes('app: switch to green: gates'))
    gate.release()
    const { code, stdout } = await terminal.result
    t.equal(code, 0)
    t.match(stdout, /gate held +.*passed/)
    t.match(stdout, '\u001B[1mapp: green is live')
  })

  await t.test('NO_COLOR is honoured on a terminal', async (t) => {
    const { result } = startCommand([], { terminal: ['status', '--config', agent.config], env: { NO_COLOR: '1' } })
    t.notMatch((await result).stdout, '\u001B[')
  })
})

t.test('run with a configuration that cannot work ends with 2 and all its faults', async (t) => {
  const file = join(t.testdir({ 'agent.toml': '[nginx]\nbinary = "/nonexistent/nginx"\n[services.app]\nstrategy = "instnat"\n' }), 'agent.toml')
  const run = startCommand(['run', '--config', file])
  await once(run.child, 'exit')
  const { code, stdout, stderr } = await run.result
  t.match({ code, stdout }, { code: 2, stdout: '' })
  t.match(stderr, /services\.app\.strategy/)
  t.match(stderr, /services\.app\.pools/)
  t.match(await runHere(['run', '--check-config', '--config', file]), { code: 2, stdout: /services\.app\.strategy/ })
})
