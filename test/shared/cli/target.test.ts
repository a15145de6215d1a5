import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { AGENT_PROGRAM } from '../../../agent/cli/agent-program.ts'
import { chooseTarget as choose, type TargetOptions } from '../../../shared/cli/target.ts'

const chooseTarget = (options: TargetOptions, env: Record<string, string>) => choose(AGENT_PROGRAM, options, env)

/** A directory with an agent.toml that listens there, and whatever else. */
function configured(t: Test, listen: readonly string[], { tls = '', files = {} }: { tls?: string; files?: Record<string, string> } = {}): string {
  return join(t.testdir({ 'agent.toml': `[api]\nlisten = ${JSON.stringify(listen)}\n${tls}`, ...files }), 'agent.toml')
}

t.test('the unix socket is used before the network, even with a token in the environment', async (t) => {
  const socket = join(t.testdirName, 'api.sock')
  const config = configured(t, ['127.0.0.1:9440', `unix:${socket}`], { files: { 'api.sock': '' } })
  t.equal((await chooseTarget({ config }, {})).socketPath, socket)
  t.equal((await chooseTarget({ config }, { GREENROOM_TOKEN: 'x' })).socketPath, socket)
})

t.test('a token in the environment reaches over TCP where the socket cannot be used', async (t) => {
  const config = configured(t, ['0.0.0.0:9440', 'unix:/nonexistent/api.sock'])
  t.match(await chooseTarget({ config }, { GREENROOM_TOKEN: ' x\n' }), { name: 'http://127.0.0.1:9440', token: 'x' })
  t.match(await chooseTarget({ config }, {}), { name: 'unix:/nonexistent/api.sock' })
})

t.test('a token file asks for the network, with TLS where the configuration has it', async (t) => {
  const config = configured(t, ['unix:/nonexistent/api.sock', '[::]:9440'], { tls: '[api.tls]\ncert = "/c"\nkey = "/k"\n', files: { token: 'gr_x\n' } })
  const tokenFile = join(t.testdirName, 'token')
  await chmod(tokenFile, 0o600)
  t.match(await chooseTarget({ config, tokenFile }, {}), { name: 'https://[::1]:9440', token: 'gr_x' })
})

t.test('--url needs no configuration', async (t) => {
  t.match(await chooseTarget({ config: '/nonexistent', url: 'https://edge1.example:9440' }, {}), { name: 'https://edge1.example:9440' })
})

t.test('a client certificate without its key is refused', async (t) => {
  const cert = join(t.testdir({ 'cert.pem': 'x' }), 'cert.pem')
  await t.rejects(chooseTarget({ config: '/nonexistent', url: 'https://x', cert }, {}), { message: /both --cert FILE and --key FILE/ })
})
