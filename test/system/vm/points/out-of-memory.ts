import type { Test } from 'tap'
import type { Scene } from '../scene.ts'

const UNIT = 'greenroom-encoder.service'
const MEBIBYTE = 1024 * 1024

/** 6. The unit's memory limit is hit: the kernel ends ffmpeg, the daemon stays, the job goes on. */
export async function outOfMemory(t: Test, scene: Scene): Promise<void> {
  const { encoder, table } = scene
  const { sh } = scene.machine
  const name = await scene.keepBusy()
  const pid = await scene.pid('greenroom-encoder')
  const before = (await encoder.job(name))!
  const kills = async () => Number((await sh('dmesg | grep -c "oom-kill.*greenroom-encoder" || true')).trim())
  const killsBefore = await kills()
  // Room for the daemon, and for half an ffmpeg.
  const resident = Number(/VmRSS:\s+(\d+)/.exec(await sh(`cat /proc/${pid}/status`))?.[1]) * 1024
  await sh(`systemctl set-property --runtime ${UNIT} MemoryHigh=infinity MemorySwapMax=0 MemoryMax=${resident + 40 * MEBIBYTE}`)
  const ended = await encoder.until(name, 'an attempt has failed', ({ blocked, attempt }) => blocked !== null || attempt > before.attempt)
  await sh(`systemctl set-property --runtime ${UNIT} MemoryMax=infinity`)
  const killed = (await kills()) - killsBefore
  t.ok(killed > 0, 'the kernel ended something of the unit')
  t.equal(await scene.pid('greenroom-encoder'), pid, 'not the daemon')
  await sh('greenroom-encoder jobs >/dev/null')
  await sh('systemctl restart greenroom-encoder')
  await encoder.until(name, 'encodes on', ({ chunks: { done } }) => done > before.chunks.done)
  table.add('memory limit hit', `kernel ended ffmpeg (${killed} times; job ${ended.blocked?.code ?? `at attempt ${ended.attempt}`}), encoder’s pid the same, job goes on`)
}
