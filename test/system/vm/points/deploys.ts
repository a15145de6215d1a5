import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { median, rateDuring, spread, type Rate } from '../rate.ts'
import { wait } from '../wait.ts'
import { inWords, seconds, type Harm, type Scene } from '../scene.ts'

const PORTS = { blue: 3001, green: 3002 }
/** With and without by turns, under the same clients: what changes slowly on the host is in both. */
const ROUNDS = 4
/** After each switch: spread over the window, not a burst and then nothing. */
const PAUSE_MS = 1500
const WINDOW_MS = 20_000
/** Of the source: more than all of it takes. */
const MINUTES = 40

/** 4. Switches, deploys, reloads and a reinstalled Nginx do not touch an encode and its upload. */
export async function deploysBesideAnEncode(t: Test, scene: Scene): Promise<void> {
  const { machine, encoder, table, pace } = scene
  const { sh } = machine
  const name = await scene.keepBusy(MINUTES)
  await encoder.until(name, 'its sound is done', ({ renditions }) => renditions.every(({ kind, progress }) => kind === 'video' || progress === 1))
  const processes = async () => [await scene.pid('greenroom-encoder'), await sh('systemctl show -P NRestarts greenroom-encoder'), await scene.pid('greenroom-agent')]
  const stored = async () => (await encoder.job(name))?.publishing.stored ?? 0
  const [processesBefore, storedBefore] = [await processes(), await stored()]

  const switches = 2 * Math.ceil(pace.switches / ROUNDS / 2)
  const harms: Harm[] = []
  await scene.stopLoad()
  await scene.startLoad()
  const without = () => rateDuring(scene, () => delay(WINDOW_MS))
  const among = (round: number) =>
    rateDuring(scene, async () => {
      const over = delay(WINDOW_MS)
      harms.push(await scene.harm(t, async () => {
        // Away from the colour that holds the streams: a restart of the application would cut them, as `drain` tells.
        await scene.switches(round === 0 ? switches : switches + 1, PAUSE_MS)
        await deployApp(t, scene, `v${round + 2}`)
      }))
      // What it does to keep-alive connections is Nginx's own; what it may not do is to touch the encoder.
      await sh('systemctl reload nginx')
      await over
    })
  const pairs: { without: Rate; among: Rate }[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round % 2 === 0) pairs.push({ without: await without(), among: await among(round) })
    else pairs.push({ among: await among(round), without: await without() })
  }
  let took = 0
  const reinstalling = await rateDuring(scene, async () => {
    const began = performance.now()
    await sh('apt-get -qq -y install --reinstall nginx nginx-common 2>&1')
    await scene.ready('nginx')
    took = performance.now() - began
  })

  t.match(await scene.served(), new RegExp(` v${ROUNDS + 1}$`), 'the same colour after Nginx was installed again')
  t.same(await processes(), processesBefore, 'encoder and agent are the same processes')
  const { blocked, error } = (await encoder.job(name)) ?? {}
  t.same([blocked, error], [null, null], 'the job neither failed nor waits')
  const uploaded = (await stored()) - storedBefore
  t.ok(uploaded > 0 && pairs.every((pair) => pair.among.perSecond > 0), 'it was encoded and uploaded meanwhile')

  const ratios = (of: (rate: Rate) => number) => pairs.map((pair) => of(pair.among) / of(pair.without))
  const usual = median(pairs.map((pair) => pair.without.perSecond))
  const usualCpu = median(pairs.map((pair) => pair.without.perCpuSecond))
  table.add(`${switches * ROUNDS + ROUNDS - 1} switches and ${ROUNDS} app deploys while it encodes and uploads`, inWords(harms))
  table.add(`${ROUNDS} reloads of Nginx and a reinstall of its package, too`, `encoder and agent the same processes, no error, ${uploaded} objects uploaded in all of it`)
  table.add(`encode throughput with ${switches} switches, a deploy and a reload in ${WINDOW_MS / 1000} s : without, ${ROUNDS} pairs`, `${spread(ratios(({ perSecond }) => perSecond))}; per second of processor ${spread(ratios(({ perCpuSecond }) => perCpuSecond))}`)
  table.add('noise: encode throughput of the windows without, each : their median', `${spread(pairs.map((pair) => pair.without.perSecond / usual))}; per second of processor ${spread(pairs.map((pair) => pair.without.perCpuSecond / usualCpu))}`)
  table.add(`encode throughput during the ${seconds(took)} s in which apt installs Nginx again : without`, `${(reinstalling.perSecond / usual).toFixed(2)}; per second of processor ${(reinstalling.perCpuSecond / usualCpu).toFixed(2)}`)
}

/** A new version of the application comes up on the idle colour, and gets the traffic. */
async function deployApp(t: Test, scene: Scene, version: string): Promise<void> {
  const { sh, attempt } = scene.machine
  const idle = await scene.idle()
  await sh(`sed -i 's/^VERSION=.*/VERSION=${version}/' /etc/app/${idle}.env && systemctl restart app@${idle}`)
  await wait('the new version answers', async () => (await attempt(`curl -fsS http://127.0.0.1:${PORTS[idle]}/healthz`)).code === 0)
  t.equal((await scene.call(`switch?to=${idle}`)).outcome, 'succeeded')
  t.equal(await scene.served(), `${idle} ${version}`)
}
