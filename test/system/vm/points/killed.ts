import type { Test } from 'tap'
import { wait } from '../wait.ts'
import type { Scene } from '../scene.ts'

const DAEMONS = ['greenroom-agent', 'greenroom-encoder'] as const

/** 6. Killed, and hung: systemd brings both daemons back, and nothing is lost. */
export async function killedAndHung(t: Test, scene: Scene): Promise<void> {
  const { encoder, table } = scene
  const { sh } = scene.machine
  const name = await scene.keepBusy()
  const colour = await scene.served()
  const before = (await encoder.job(name))?.chunks.done ?? 0
  const harm = await scene.unharmed(t, async () => {
    await eachComesBack(scene, () => sh(`systemctl kill --kill-whom=main -s KILL ${DAEMONS.join(' ')}`))
    // Half a minute and a minute otherwise.
    for (const unit of DAEMONS) await sh(`mkdir -p /run/systemd/system/${unit}.service.d && printf '[Service]\\nWatchdogSec=10\\n' >/run/systemd/system/${unit}.service.d/fast.conf`)
    await sh(`systemctl daemon-reload && systemctl restart ${DAEMONS.join(' ')}`)
    await eachComesBack(scene, async () => {
      const pids = await Promise.all(DAEMONS.map((unit) => scene.pid(unit)))
      await sh(`kill -STOP ${pids.join(' ')}`)
      for (const unit of DAEMONS) await wait(`${unit} is ended by its watchdog`, async () => /Watchdog timeout/.test(await sh(`journalctl -u ${unit} -o cat --no-pager -n 50`)))
    })
    await sh(`rm -r /run/systemd/system/greenroom-*.service.d && systemctl daemon-reload && systemctl restart ${DAEMONS.join(' ')}`)
  })
  t.equal(await scene.served(), colour)
  t.equal((await scene.call(`switch?to=${await scene.idle()}`)).outcome, 'succeeded')
  const { chunks } = await encoder.until(name, 'encodes on', ({ chunks: { done } }) => done > before)
  table.add('kill -9 and watchdog for each daemon', `${harm}; both back by themselves, same colour, job on from chunk ${before} (now ${chunks.done} of ${chunks.planned})`)
}

/** Both daemons are new processes afterwards, and ready. */
async function eachComesBack(scene: Scene, work: () => Promise<unknown>): Promise<void> {
  const pids = await Promise.all(DAEMONS.map((unit) => scene.pid(unit)))
  await work()
  for (const [index, unit] of DAEMONS.entries()) {
    await wait(`${unit} is back`, async () => {
      const { code } = await scene.machine.attempt(`systemctl is-active ${unit}`)
      return code === 0 && (await scene.pid(unit)) !== pids[index]
    })
  }
}
