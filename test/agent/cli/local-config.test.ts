import { join } from 'node:path'
import t from 'tap'
import { readLocalConfig } from '../../../agent/cli/local-config.ts'
import { loadAgentConfig } from '../../../agent/load-config.ts'

t.test('the defaults that commands assume are those of the schema', async (t) => {
  const file = join(t.testdir({ 'agent.toml': '' }), 'agent.toml')
  const { api, state_dir } = await loadAgentConfig(file)
  t.strictSame(await readLocalConfig(file), {
    file, listen: api.listen, tls: false, socketGroup: api.socket_group, tokensFile: api.tokens_file, stateDir: state_dir, services: [],
  })
})

t.test('a file that is not TOML is named with its line', async (t) => {
  const file = join(t.testdir({ 'agent.toml': 'state_dir = \n' }), 'agent.toml')
  await t.rejects(readLocalConfig(file), { message: /agent\.toml is not TOML: [^]*check-config/ })
})
