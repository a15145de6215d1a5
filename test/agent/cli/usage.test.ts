import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { runCommand, runHere } from '../../support/command.ts'
import { freePort } from '../../support/ports.ts'
import { httpServer, tcpServer } from '../../support/servers.ts'
import { traversableDirectory } from '../../support/temporary.ts'

t.test('wrong words end with 2, a guess, and where the help is', async (t) => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['stauts', /unknown command 'stauts' \(Did you mean status\?\).*`greenroom-agent --help`/],
    ['switch app', /missing required argument 'colour'.*`greenroom-agent switch --help`/],
    ['switch app gren', /'gren' cannot be the colour\. Expected blue or green\. Did you mean green\?/],
    ['switch app green --jsn', /unknown option '--jsn' \(Did you mean --json\?\)/],
    ['status app web', /too many arguments/],
    ['pool app green 127.0.0.1', /Expected host:port, such as 127\.0\.0\.1:3001/],
    ['operations --limit 0', /Expected a whole number from 1 to 500/],
    ['maintenance app off --pinned-through', /--pinned-through goes with maintenance on only/],
    ['rollback app --offline --url http://127.0.0.1:1', /cannot be used with option '--url <url>'/],
    ['token create --name ci --role operater', /Expected viewer, rollback, operator or admin\. Did you mean operator\?/],
    ['token create --name ci --role viewer --expires 90x', /is not a duration/],
    ['status --url ftp://x', /expected an http or https URL/],
    ['status --url http://u:p@x', /a password does not belong there/],
  ]
  await Promise.all(
    cases.map(async ([words, expected]) => {
      const { code, stdout, stderr } = await runHere(words.split(' '))
      t.equal(code, 2, words)
      t.match(stderr, expected, words)
      t.equal(stderr.trim().split('\n').length, 1, 'in one line')
      t.equal(stdout, '')
    }),
  )
})

t.test('the process ends with the code that the command line has', async (t) => {
  t.match(await runCommand(['switch', 'app', 'gren']), { code: 2, stdout: '', stderr: /Did you mean green\?/ })
  t.match(await runCommand(['--version']), { code: 0, stdout: /^\d+\.\d+\.\d+\n$/, stderr: '' })
})

t.test('with --json even a wrong option is told as a problem document', async (t) => {
  const { code, stdout } = await runHere(['switch', 'app', 'green', '--dryrun', '--json'])
  t.equal(code, 2)
  t.match(JSON.parse(stdout), { code: 'usage', detail: /Did you mean --dry-run\?/ })
})

t.test('every help has an example and fits 80 columns', async (t) => {
  const commands = ['', 'status', 'operations', 'audit', 'audit show', 'audit verify', 'switch', 'rollback', 'maintenance', 'pool', 'pin', 'run', 'check-config', 'token', 'token create', 'token list', 'token revoke', 'completion']
  await Promise.all(
    commands.map(async (command) => {
      const { code, stdout, stderr } = await runHere([...command.split(' ').filter(Boolean), '--help'])
      t.equal(code, 0, command)
      t.equal(stderr, '')
      t.match(stdout, /^Examples:\n {2}\S/m, command)
      const [options = ''] = stdout.split('Examples:')
      t.ok(options.split('\n').every((line) => line.length <= 80), `${command}: ${options.split('\n').find((line) => line.length > 80)}`)
    }),
  )
})

t.test('without a command the help goes to standard error, with 2', async (t) => {
  for (const words of [[], ['token']]) {
    const { code, stdout, stderr } = await runHere(words)
    t.equal(code, 2)
    t.equal(stdout, '')
    t.match(stderr, /^Usage: greenroom-agent/)
  }
})

t.test('a configuration that cannot be read is named, with what to type instead', async (t) => {
  const { code, stderr } = await runHere(['status', '--config', '/nonexistent/agent.toml'])
  t.equal(code, 2)
  t.match(stderr, /Cannot read the configuration \/nonexistent\/agent\.toml: there is no such file.*--config FILE.*--url URL/)
})

t.test('with no agent running it is said how to start one, and what works without', async (t) => {
  const { config } = await socketConfig(t)
  const { code, stdout, stderr } = await runCommand(['status', '--config', config])
  t.equal(code, 1)
  t.equal(stdout, '')
  t.match(stderr, 'error: No agent is running')
  t.match(stderr, 'systemctl start greenroom-agent')
  t.match(stderr, `greenroom-agent rollback SERVICE --offline --config ${config}`)
})

t.test('a socket that a killed agent left behind is told from one that never was', async (t) => {
  const { config, socket } = await socketConfig(t)
  const child = spawn(process.execPath, ['-e', `require('net').createServer().listen('${socket}', () => console.log())`], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  const { code, stderr } = await runCommand(['status', '--config', config])
  t.equal(code, 1)
  t.match(stderr, /nobody answers on .*api\.sock, which an agent that died has left behind/)
})

t.test('an address where nobody listens, something else listens, or nobody answers', async (t) => {
  const port = await freePort()
  await using page = await httpServer((_, response) => void response.end('<html>'))
  await using closing = await tcpServer((socket) => socket.destroy())
  const [nobody, somethingElse, closed] = await Promise.all(
    [port, page.port, closing.port].map(async (there) => runHere(['status', '--url', `http://127.0.0.1:${there}`])),
  )
  t.match(nobody, { code: 1, stderr: /Nobody listens on http:\/\/127\.0\.0\.1:\d+.*systemctl status greenroom-agent/ })
  t.match(somethingElse, { code: 1, stderr: /is not a Greenroom agent/ })
  t.match(closed, { code: 1, stderr: /did not answer.*\[api\.tls\], use https:\/\// })
})

t.test('a token file that everybody can read is refused with the chmod to run', async (t) => {
  const file = join(t.testdir({ token: 'gr_ci_x\n' }), 'token')
  await chmod(file, 0o644)
  const { code, stderr } = await runCommand(['status', '--url', 'http://127.0.0.1:1', '--token-file', file])
  t.equal(code, 2)
  t.match(stderr, `chmod 600 ${file}`)
  t.notMatch(stderr, 'gr_ci_x')
})

const notRoot = process.getuid?.() === 0 ? false : 'needs root to run a command as somebody else'
t.test('without permission for the socket it is said which group may use it', { skip: notRoot }, async (t) => {
  const { config, socket } = await socketConfig(t)
  const server = createServer().listen(socket)
  await once(server, 'listening')
  t.teardown(() => server.close())
  await chmod(socket, 0o660)
  // Group 4 is adm on Debian.
  await chown(socket, 0, 4)
  const { code, stderr } = await runCommand(['status', '--config', config], { uid: 65_534 })
  t.equal(code, 1)
  t.match(stderr, /nobody may not use the agent’s socket .*: it is for root and the group adm\..*sudo.*usermod -aG adm nobody/)
})

async function socketConfig(t: Test): Promise<{ config: string; socket: string }> {
  const directory = await traversableDirectory('greenroom-cli-')
  t.teardown(async () => rm(directory, { recursive: true }))
  const socket = join(directory, 'api.sock')
  const config = join(directory, 'agent.toml')
  await writeFile(config, `[api]\nlisten = ["unix:${socket}"]\n`)
  return { config, socket }
}
