import type { Test } from 'tap'
import { prepareHost } from '../host.ts'
import { install, OLD } from '../packages.ts'
import { seconds, type Scene } from '../scene.ts'

/** 1. Install, adopt, switch, roll back; after a reboot the same colour. */
export async function installAndReboot(t: Test, scene: Scene): Promise<void> {
  const { machine, table } = scene
  const { sh, attempt } = machine
  await prepareHost(machine)
  await install(machine, OLD, 'greenroom-agent', 'greenroom-encoder')
  scene.token = (await sh('greenroom-agent init --defaults')).trim()
  const adopted = await sh('greenroom-agent adopt /etc/nginx/sites-enabled/app --green 127.0.0.1:3002 --health /healthz --yes')
  t.match(adopted, /^done: /m)
  // One success tells as much as three here, and the gate takes no time of what is measured.
  await sh(`sed -i 's|health = { path = "/healthz" }|health = { path = "/healthz", successes = 1 }|' /etc/greenroom/agent.toml && systemctl start greenroom-agent`)
  t.equal((await attempt('greenroom-agent doctor')).code, 0, 'doctor finds nothing to mend')
  await scene.startLoad()
  const harm = await scene.unharmed(t, async () => {
    t.equal((await scene.call('switch?to=green')).outcome, 'succeeded')
    t.match(await scene.served(), /^green/)
    t.match(await sh('curl -sSk https://127.0.0.1/live/'), /green/, 'also over TLS, in the other location')
    t.equal((await scene.call('rollback')).outcome, 'succeeded')
    t.match(await scene.served(), /^blue/)
    await scene.call('switch?to=green')
  })
  table.add('install, adopt, switch, rollback, switch', harm)
  await scene.stopLoad()

  const rebooted = performance.now()
  await machine.reboot()
  t.match(await scene.served(), /^green/, 'green before the reboot, green after it')
  const at = async (unit: string) => Number(await sh(`systemctl show -P ActiveEnterTimestampMonotonic ${unit}`))
  t.ok((await at('greenroom-agent')) < (await at('nginx')), 'the agent was ready before Nginx served')
  t.equal(await sh('systemctl --failed --plain --no-legend'), '', 'no unit has failed')
  t.equal((await scene.call('rollback')).outcome, 'succeeded', 'what to roll back to is known, too')
  table.add('reboot', `same colour, agent ready before Nginx, back in ${seconds(performance.now() - rebooted)} s`)
}
