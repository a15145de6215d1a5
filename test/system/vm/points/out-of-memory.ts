import type { Test } from 'tap'
import type { Scene } from '../scene.ts'

const UNIT = 'greenroom-encoder.service'
/** What an ffmpeg has beside the daemon; it wants more. */
const ROOM_BYTES = 40 * 1024 * 1024

/** 6. The unit's memory limit is hit: the kernel ends ffmpeg, the daemon stays, the job goes on. */
export async function outOfMemory(t: Test, scene: Scene): Promise<void> {
  const { encoder, table, pace } = scene
  const { sh } = scene.machine
  const name = 'starved'
  await encoder.clear()
  // One line for each, with the time since the kernel started.
  const kills = async () => (await sh('dmesg | grep "oom-kill:.*memcg=/.*greenroom-encoder.service" || true')).split('\n').filter((line) => line !== '')
  const killsBefore = await kills()
  const own = Number(/RssAnon:\s+(\d+)/.exec(await sh(`cat /proc/${await scene.pid('greenroom-encoder')}/status`))?.[1]) * 1024
  // Stopped, because of a cgroup v1 no limit can be set below what is in use.
  await sh(`systemctl stop ${UNIT} && systemctl set-property --runtime ${UNIT} MemoryHigh=infinity MemorySwapMax=0 MemoryMax=${own + ROOM_BYTES} && systemctl start ${UNIT}`)
  const pid = await scene.pid('greenroom-encoder')
  const dropped = await encoder.drop(name, pace.minutes)
  const ended = await encoder.until(name, 'an attempt has failed', ({ blocked, attempt, state }) => blocked !== null || attempt > 1 || state === 'done')
  await sh(`systemctl set-property --runtime ${UNIT} MemoryMax=infinity`)
  const killed = (await kills()).filter((line) => !killsBefore.includes(line)).map((line) => /task=([^,]+)/.exec(line)?.[1] ?? '')
  t.ok(killed.length > 0 && killed.every((task) => /^ff(mpeg|probe)$/.test(task)), `the kernel ended ${killed.join(', ')}`)
  t.equal(await scene.pid('greenroom-encoder'), pid, 'not the daemon')
  // What is blocked is tried again at once.
  await sh('systemctl restart greenroom-encoder')
  await encoder.until(name, 'done', ({ state }) => state === 'done')
  t.equal(await scene.publishedFrames(name), dropped, 'the asset is whole')
  table.add('memory limit hit', `kernel ended ffmpeg (${killed.length} times; job ${ended.blocked?.code ?? `at attempt ${ended.attempt}`}), encoder’s pid the same, whole asset published once there was memory`)
}
