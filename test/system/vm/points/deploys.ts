import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { until } from '../../../support/until.ts'
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
      await until('the new version answers', async () => (await attempt(`curl -fsS http://127.0.0.1:${PORTS[idle]}/healthz`)).code === 0)
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
  t.ok(among > 0 && uploaded > 0, 'it was encoded and uploaded meanwhile')
  table.add(`${pace.switches} switches and an app deploy while it encodes and uploads`, harm)
  table.add('two reloads of Nginx and a reinstall of its package, too', `encoder and agent the same processes, no error, ${uploaded} objects uploaded in all of it`)
  table.add('encode throughput meanwhile', `${(among / alone).toFixed(2)} of that without`)
}

/** Media seconds encoded per second while something is done. */
async function rate({ encoder }: Scene, work: () => Promise<void>): Promise<number> {
  const [from, at] = [await encoder.encoded(), performance.now()]
  await work()
  return ((await encoder.encoded()) - from) / ((performance.now() - at) / 1000)
}
