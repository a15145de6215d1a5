import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { runHere } from '../../support/command.ts'

const run = promisify(execFile)
const MAIN = fileURLToPath(new URL('../../../agent/main.ts', import.meta.url))

/** What bash offers after a line, with the real script sourced and `greenroom-agent` on its path. */
async function bashOffers(t: Test, line: string): Promise<string[]> {
  const directory = t.testdir({ 'agent.toml': '[services.app]\n[services.web]\nstrategy = "instnat"\n', completion: (await runHere(['completion', 'bash'])).stdout })
  await mkdir(join(directory, 'bin'))
  await writeFile(join(directory, 'bin/greenroom-agent'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`)
  await chmod(join(directory, 'bin/greenroom-agent'), 0o755)
  const words = line.replace('CONFIG', join(directory, 'agent.toml')).split(' ')
  const script = `source ${directory}/completion
compopt() { :; }
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_greenroom_agent
printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = await run('bash', ['--norc', '-c', script], { env: { PATH: `${join(directory, 'bin')}:${process.env['PATH']}` } })
  if (stderr !== '') throw new Error(stderr)
  return stdout.split('\n').filter(Boolean)
}

t.test('bash completes commands, subcommands, colours and roles', async (t) => {
  t.strictSame(await bashOffers(t, 'greenroom-agent sw'), ['switch'])
  t.strictSame(await bashOffers(t, 'greenroom-agent token '), ['create', 'list', 'revoke'])
  t.strictSame(await bashOffers(t, 'greenroom-agent switch app '), ['blue', 'green'])
  t.strictSame(await bashOffers(t, 'greenroom-agent --json switch app g'), ['green'])
  t.strictSame(await bashOffers(t, 'greenroom-agent token create --role op'), ['operator'])
  t.strictSame(await bashOffers(t, 'greenroom-agent maintenance app o'), ['on', 'off'])
})

t.test('bash completes the options of the command, and files where a file follows', async (t) => {
  t.strictSame(await bashOffers(t, 'greenroom-agent switch app green --dr'), ['--dry-run'])
  t.ok((await bashOffers(t, 'greenroom-agent switch app green --')).includes('--config'))
  t.ok((await bashOffers(t, 'greenroom-agent status --ca-file /etc/host')).includes('/etc/hostname'))
})

t.test('bash completes the services of the configuration, even of one with faults', async (t) => {
  t.strictSame(await bashOffers(t, 'greenroom-agent --config CONFIG switch '), ['app', 'web'])
  t.strictSame(await bashOffers(t, 'greenroom-agent switch --config CONFIG w'), ['web'])
  t.strictSame(await bashOffers(t, 'greenroom-agent switch --config /nonexistent '), [])
})

t.test('the script for zsh names every command', async (t) => {
  const { stdout } = await runHere(['completion', 'zsh'])
  for (const command of ['status', 'switch', 'rollback', 'token', 'audit']) t.match(stdout, `_greenroom_agent_${command}() {`)
})

t.test('the script for zsh is valid', { skip: existsSync('/usr/bin/zsh') ? false : 'zsh is not installed' }, async (t) => {
  const file = join(t.testdir({ _greenroom_agent: (await runHere(['completion', 'zsh'])).stdout }), '_greenroom_agent')
  await t.resolves(run('zsh', ['-n', file]))
})
