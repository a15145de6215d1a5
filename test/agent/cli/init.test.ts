import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { loadAgentConfig } from '../../../agent/load-config.ts'
import { runCommand } from '../../support/command.ts'

t.test('init writes a configuration that is valid, and prints a token that works alone on standard output', async (t) => {
  const dir = t.testdir({})
  const [config, tokens] = [join(dir, 'agent.toml'), join(dir, 'tokens.toml')]
  const made = await runCommand(['init', '--config', config, '--tokens-file', tokens, '--service', 'app', '--green', '10.0.0.7:80', '--defaults'])
  t.equal(made.code, 0, made.stderr)
  t.match(made.stdout, /^\S{20,}\n$/)
  t.match(made.stderr, new RegExp(`next: greenroom-agent adopt /etc/nginx/sites-enabled/app --config ${config} [^]*\\n +greenroom-agent run --config ${config}\\n +greenroom-agent doctor --config ${config}\\n`))
  const { services, api } = await loadAgentConfig(config)
  t.match(services['app'], { pools: { blue: { servers: ['127.0.0.1:3001'] }, green: { servers: ['10.0.0.7:80'] } }, health: { path: '/healthz' } })
  t.equal(api.tokens_file, tokens)
  t.notMatch(await readFile(tokens, 'utf8'), made.stdout.trim(), 'only its hash is kept')
  t.equal((await stat(tokens)).mode & 0o077, 0)
})

t.test('init replaces no configuration unless told so', async (t) => {
  const dir = t.testdir({ 'agent.toml': 'state_dir = "/mine"\n' })
  const words = ['init', '--config', join(dir, 'agent.toml'), '--tokens-file', join(dir, 'tokens.toml'), '--defaults']
  const refused = await runCommand(words)
  t.equal(refused.code, 2)
  t.match(refused.stderr, /agent\.toml is there already/)
  t.equal(await readFile(join(dir, 'agent.toml'), 'utf8'), 'state_dir = "/mine"\n')
  t.equal((await runCommand([...words, '--force'])).code, 0)
})

t.test('what would make a wrong configuration is refused, and nothing is written', async (t) => {
  const dir = t.testdir({})
  const refused = await runCommand(['init', '--config', join(dir, 'agent.toml'), '--tokens-file', join(dir, 'tokens.toml'), '--service', 'No Good', '--defaults'])
  t.equal(refused.code, 2)
  t.match(refused.stderr, /--service No Good: expected a name of at most 24 lower-case letters/)
  await t.rejects(stat(join(dir, 'agent.toml')))
})

t.test('init can be run again after it failed half-way, and says what to do', async (t) => {
  const dir = t.testdir({ 'agent.toml': 'state_dir = "/mine"\n' })
  const [config, tokens] = [join(dir, 'agent.toml'), join(dir, 'tokens.toml')]
  const init = (...words: string[]) => runCommand(['init', '--config', config, '--defaults', ...words])
  const lost = await init('--tokens-file', join(dir, 'none/tokens.toml'), '--force')
  t.match([lost.code, lost.stdout, lost.stderr], [2, '', /The directory of \S+none\/tokens.toml does not exist. Make it, or name another file: .*--tokens-file/])
  t.equal(await readFile(config, 'utf8'), 'state_dir = "/mine"\n')
  await rm(config)
  t.equal((await init('--tokens-file', tokens)).code, 0)
  await rm(config)
  const taken = await init('--tokens-file', tokens)
  t.match([taken.code, taken.stderr], [2, /^error: \S+tokens.toml has a token named "ci" already; choose another name/])
  await t.rejects(stat(config))
  t.equal((await init('--tokens-file', tokens, '--no-token')).code, 0)
})
