import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { wait } from '../wait.ts'
import type { Scene } from '../scene.ts'

const PORTS = { blue: 3001, green: 3002 }

/** 4. Switches, a deploy, reloads and a reinstalled Nginx do not touch an encode and its upload. */
export async function deploysBesideAnEncode(t: Test, scene: Scene): Promise<void> {
  const { machine, encoder, table, pace } = scene
  const { sh, attempt } = machine
  const name = await scene.keepBusy()
  const [pid, agent] = [await scene.pid('greenroom-encoder'), await scene.pid('greenroom-agent')]
  const restarts = await sh('systemctl show -P NRestarts greenroom-encoder')
  const stored = async () => (await encoder.job(name))?.publishing.stored ?? 0
  const alone = await rate(scene, () => delay(15_000))

  const storedBefore = await stored()
  let harm = ''
  const among = await rate(scene, async () => {
    harm = await scene.unharmed(t, async () => {
      await scene.switches(pace.switches)
      const idle = await scene.idle()
      await sh(`sed -i s/v1/v2/ /etc/app/${idle}.env && systemctl restart app@${idle}`)
      await wait('the new version answers', async () => (await attempt(`curl -fsS http://127.0.0.1:${PORTS[idle]}/healthz`)).code === 0)
      t.equal((await scene.call(`switch?to=${idle}`)).outcome, 'succeeded')
      t.equal(await scene.served(), `${idle} v2`)
    })
    // What these do to connections is Nginx's own; what they may not do is to touch the encoder.
    await sh('systemctl reload nginx && systemctl reload nginx')
    await sh('apt-get -qq -y install --reinstall nginx nginx-common 2>&1')
    await scene.ready('nginx')
  })
  const uploaded = (await stored()) - storedBefore
  t.match(await scene.served(), / v2$/, 'the same colour after Nginx was installed again')
  t.equal(await scene.pid('greenroom-encoder'), pid)
  t.equal(await sh('systemctl show -P NRestarts greenroom-encoder'), restarts)
  t.equal(await scene.pid('greenroom-agent'), agent)
  const { blocked, error } = (await encoder.job(name)) ?? {}
  t.same([blocked, error], [null, null], 'the job neither failed nor waits')
  t.ok(among.perSecond > 0 && uploaded > 0, 'it was encoded and uploaded meanwhile')
  table.add(`${pace.switches} switches and an app deploy while it encodes and uploads`, harm)
  table.add('two reloads of Nginx and a reinstall of its package, too', `encoder and agent the same processes, no error, ${uploaded} objects uploaded in all of it`)
  table.add('encode throughput meanwhile', `${(among.perSecond / alone.perSecond).toFixed(2)} of that without; per second of processor ${(among.perCpuSecond / alone.perCpuSecond).toFixed(2)}`)
}

interface Rate {
  /** Media seconds encoded per second, and per second of processor that the encoder had. */
  readonly perSecond: number
  readonly perCpuSecond: number
}

async function rate({ encoder, machine: { sh } }: Scene, work: () => Promise<void>): Promise<Rate> {
  const cpu = async () => Number(await sh('systemctl show -P CPUUsageNSec greenroom-encoder')) / 1e9
  const [encoded, used, at] = [await encoder.encoded(), await cpu(), performance.now()]
  await work()
  const more = (await encoder.encoded()) - encoded
  return { perSecond: more / ((performance.now() - at) / 1000), perCpuSecond: more / ((await cpu()) - used) }
}
