import t from 'tap'
import { AGENT_PROGRAM } from '../../../../agent/cli/agent-program.ts'
import { socketDropIn } from '../../../../shared/cli/init/socket-drop-in.ts'

const USUAL = '/etc/greenroom/agent.toml'
const addresses = (listen: string, file = USUAL) => socketDropIn(AGENT_PROGRAM, file, listen).map(({ path, text }) => [path, ...text.matchAll(/^ListenStream=(.*)$/gm)].map((found) => (typeof found === 'string' ? found : found[1])))

t.test('another address of the API is also the one that systemd holds', (t) => {
  for (const listen of ['0.0.0.0:9440', '10.0.0.5:9440', '[::1]:9440', '127.0.0.1:9555'])
    t.same(addresses(listen), [['/etc/systemd/system/greenroom-agent.socket.d/listen.conf', '', '/run/greenroom-agent/api.sock', listen]])
  t.end()
})

t.test('nothing is written for the usual address, for a name, or beside a configuration that no unit runs on', (t) => {
  for (const listen of ['127.0.0.1:9440', 'localhost:9440', 'edge1.example:9440']) t.same(addresses(listen), [], listen)
  t.same(addresses('0.0.0.0:9440', '/tmp/agent.toml'), [])
  t.end()
})
