import type { Test } from 'tap'
import type { Scene } from '../scene.ts'

const UNIT = 'greenroom-encoder.service'
/** What an ffmpeg has beside the daemon. A ladder from Full HD takes more than twice as much; nothing else of the encoder's does. */
const ROOM_BYTES = 250 * 1024 * 1024
const FULL_HD = '-f lavfi -i testsrc2=size=1920x1080:rate=25:duration=10 -c:v libx264 -preset ultrafast -crf 40 -g 50'
const FRAMES = 250

/** 6. The unit's memory limit is hit: the kernel ends ffmpeg, the daemon stays, the job says why and goes on once there is memory. */
export async function outOfMemory(t: Test, scene: Scene): Promise<void> {
  const { encoder, table } = scene
  const { sh } = scene.machine
  const name = 'starved'
  await encoder.clear()
  const group = await sh(`systemctl show -P ControlGroup ${UNIT}`)
  const kills = async () => Number(await sh(`cat /sys/fs/cgroup/memory${group}/memory.oom_control /sys/fs/cgroup${group}/memory.events 2>/dev/null | sed -n 's/^oom_kill //p'`))
  const [pid, before] = [await scene.pid('greenroom-encoder'), await kills()]
  // Counted without the files it has read, which the kernel takes back first.
  const own = Number(/RssAnon:\s+(\d+)/.exec(await sh(`cat /proc/${pid}/status`))?.[1]) * 1024
  const limit = own + ROOM_BYTES
  await sh(`systemctl set-property --runtime ${UNIT} MemorySwapMax=0 MemoryMax=${limit}`)
  await encoder.dropMade(name, FULL_HD)
  const { blocked } = await encoder.until(name, 'an attempt has failed', (job) => job.blocked !== null)
  const killed = (await kills()) - before
  await sh(`systemctl set-property --runtime ${UNIT} MemoryMax=infinity`)
  t.ok(killed > 0, 'the kernel ended something of the unit')
  t.match(blocked, { code: 'out_of_memory', message: /^\/usr\/bin\/ffmpeg was ended by the kernel while encoding.*: out of memory, the limit of \d+MiB of greenroom-encoder\.service \(MemoryMax\) was reached/ })
  await encoder.until(name, 'done', ({ state }) => state === 'done')
  t.equal(await scene.pid('greenroom-encoder'), pid, 'the daemon was never ended')
  t.equal(await scene.publishedFrames(name), FRAMES, 'the asset is whole')
  table.add('memory limit hit', `kernel ended ${killed} ffmpeg within ${Math.round(limit / 1024 ** 2)} MiB; job: «${blocked?.message}»; encoder’s pid the same, ${FRAMES} of ${FRAMES} frames published once there was memory`)
}
