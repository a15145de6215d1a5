import type { Test } from 'tap'
import { install, NEW, OLD } from '../packages.ts'
import { wait } from '../wait.ts'
import type { Scene } from '../scene.ts'

const DAEMONS = { 'greenroom-agent': '9440', 'greenroom-encoder': '9441' } as const

/** Restarted, and reinstalled: no call to either API is refused. Stopped: each is, and starts nothing. */
export async function heldSockets(t: Test, scene: Scene): Promise<void> {
  const { machine, table } = scene
  const { sh, attempt } = machine
  // Each call over a connection of its own; what is written is its status, or what curl says instead of one.
  const calls = Object.entries(DAEMONS).flatMap(([unit, port]) => [`http://127.0.0.1:${port}/healthz`, `--unix-socket /run/${unit}/api.sock http://localhost/healthz`])
  const loops = calls.map((call) => `( while [ ! -e /run/calls-end ]; do curl -sS -m 60 -o /dev/null -w '%{http_code}\\n' ${call} 2>&1; done >>/run/calls ) &`)
  await sh(`rm -f /run/calls*; (${loops.join(' ')} wait; touch /run/calls-over) </dev/null >/dev/null 2>&1 & echo`)
  try {
    await sh(`systemctl restart ${Object.keys(DAEMONS).join(' ')}`)
    for (const version of [NEW, OLD]) await install(machine, version, 'greenroom-agent', 'greenroom-encoder')
    for (const unit of Object.keys(DAEMONS)) await sh(`curl -fsS --unix-socket /run/${unit}/api.sock http://localhost/healthz`)
  } finally {
    await sh('touch /run/calls-end')
  }
  await wait('the last calls are over', async () => (await attempt('test -e /run/calls-over')).code === 0)
  const answers = (await sh('sort /run/calls | uniq -c')).trim()
  t.match(answers, /^\d+ 200$/, 'every call is answered')
  table.add('API calls while both daemons are restarted, upgraded and downgraded', `${answers.split(' ')[0]} calls, all answered with 200`)

  await sh('systemctl stop greenroom-agent')
  t.equal((await attempt('curl -sS --unix-socket /run/greenroom-agent/api.sock http://localhost/healthz')).code, 7, 'refused')
  t.equal((await attempt('curl -sS http://127.0.0.1:9440/healthz')).code, 7)
  t.not((await attempt('systemctl is-active greenroom-agent greenroom-agent.socket')).code, 0, 'who stopped it wants it stopped')
  await sh('systemctl start greenroom-agent')
  t.equal((await attempt('greenroom-agent doctor')).code, 0, 'and the next start brings the socket along')
}
