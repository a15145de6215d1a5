import type { Test } from 'tap'
import { answersWhile } from '../calls.ts'
import type { Scene } from '../scene.ts'

/** Restarted: no call to either API is refused. Stopped: each is, and starts nothing. */
export async function heldSockets(t: Test, { machine, table }: Scene): Promise<void> {
  const { sh, attempt } = machine
  const answers = await answersWhile(machine, ['greenroom-agent', 'greenroom-encoder'], () => sh('systemctl restart greenroom-agent greenroom-encoder'))
  t.match(answers, /^\d+ 200$/, 'every call is answered')
  table.add('calls to both APIs while both daemons restart', `${answers.split(' ')[0]} calls, all answered 200`)

  await sh('systemctl stop greenroom-agent')
  t.equal((await attempt('curl -sS --unix-socket /run/greenroom-agent/api.sock http://localhost/healthz')).code, 7, 'refused')
  t.equal((await attempt('curl -sS http://127.0.0.1:9440/healthz')).code, 7)
  t.not((await attempt('systemctl is-active greenroom-agent greenroom-agent.socket')).code, 0, 'who stopped it wants it stopped')
  await sh('systemctl start greenroom-agent')
  t.equal((await attempt('greenroom-agent doctor')).code, 0, 'and the next start brings the socket along')
}
