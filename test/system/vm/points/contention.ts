import { tmpdir } from 'node:os'
import type { Test } from 'tap'
import { percentile } from '../../../../demo/load/percentiles.ts'
import { diskUse } from '../disk.ts'
import { spread } from '../rate.ts'
import { wait } from '../wait.ts'
import type { Scene } from '../scene.ts'

/** With and without by turns. */
const ROUNDS = 3
const SWITCHES = 100
const REQUESTS = 3000
const KINDS = ['switches', 'requests'] as const
/** Of the source: more than all of it takes. */
const MINUTES = 30
/** Sources without compression, each about 600 MB. */
const LARGE = '-f lavfi -i testsrc2=size=1280x720:rate=25:duration=18 -c:v rawvideo -pix_fmt yuv420p'
const LARGE_ONES = 12
const INGEST = '/srv/greenroom/ingest'
const WORK = '/srv/greenroom/work'

/** The unit as it is installed, and as one line more in a drop-in makes it. */
const SETTINGS = ['', 'CPUWeight=20'] as const
const DROP_IN = '/run/systemd/system/greenroom-encoder.service.d/weight.conf'
/** What systemd does with `idle` of a cgroup v2, and of v1 leaves undone. */
const IDLE_OF_V1 = "ExecStartPost=+/bin/sh -c 'group=/sys/fs/cgroup/cpu/system.slice/greenroom-encoder.service/cpu.idle; [ ! -e $group ] || echo 1 >$group'"

interface Times {
  readonly switches: readonly number[]
  readonly requests: readonly number[]
}

/**
 * 5. A busy encoder slows neither switches nor requests down. It encodes, and takes over large sources from another file
 * system, which it copies, syncs and reads back: that keeps the disk busy, the same that the agent's journal lies on.
 */
export async function contention(t: Test, scene: Scene): Promise<void> {
  const { encoder } = scene
  const { sh } = scene.machine
  await scene.ready('greenroom-agent')
  await scene.stopLoad()
  // Few enough clients to leave the processors to the encoder.
  await scene.startLoad({ connections: 4, streams: 2, pauseMs: 20, apart: true })
  await scene.keepBusy(MINUTES)
  await sh('systemctl stop greenroom-encoder')
  await sh(`mount --bind ${INGEST} ${INGEST} && ffmpeg -v error ${LARGE} -y ${INGEST}/.large.mkv && sync`)
  for (const setting of SETTINGS) {
    await sh(`mkdir -p $(dirname ${DROP_IN}) && cat >${DROP_IN} <<'end' && systemctl daemon-reload\n[Service]\n${setting === '' ? IDLE_OF_V1 : setting}\nend`)
    await compare(t, scene, setting)
  }
  // It remembers where its folder was mounted, and would wait for that.
  await sh(`umount ${INGEST} && rm -f ${DROP_IN} ${INGEST}/.large.mkv ${INGEST}/large-* ${WORK}/ingest-folder.json && systemctl daemon-reload && systemctl start greenroom-encoder`)
  await encoder.clear()
  await scene.stopLoad()
  await scene.startLoad()
}

/** With and without the encoder by turns. */
async function compare(t: Test, scene: Scene, setting: string): Promise<void> {
  const { table, encoder } = scene
  const { sh } = scene.machine
  const pairs: { busy: Times; idle: Times }[] = []
  const used: { processors: number; disk: number; written: number }[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const idle = await timesOf(scene)
    await sh(`for each in $(seq ${LARGE_ONES}); do ln ${INGEST}/.large.mkv ${INGEST}/large-${setting === '' ? 'a' : 'b'}${round}-$each.mkv; done && systemctl start greenroom-encoder`)
    await wait('the encoder encodes and copies', async () => (await encoder.jobs()).some(({ speed }) => speed !== null) && (await copying(scene)))
    const [cpuBefore, diskBefore, began] = [await encoder.processorTime(), await diskUse(tmpdir()), performance.now()]
    const busy = await timesOf(scene)
    const [ms, disk] = [performance.now() - began, await diskUse(tmpdir())]
    used.push({ processors: ((await encoder.processorTime()) - cpuBefore) / (ms / 1000), disk: ((disk?.busyMs ?? NaN) - (diskBefore?.busyMs ?? NaN)) / ms, written: ((disk?.writtenBytes ?? NaN) - (diskBefore?.writtenBytes ?? NaN)) / 1000 / ms })
    await sh('systemctl stop greenroom-encoder')
    pairs.push({ busy, idle })
  }
  t.ok(used.every(({ processors }) => processors > 0), 'the encoder was busy')
  const also = setting === '' ? '' : `, ${setting}`
  table.add(`busy encoder${also}: processors it took; share of time the disk was busy; MB/s written`, (['processors', 'disk', 'written'] as const).map((what) => spread(used.map((each) => each[what]))).join('; '))
  for (const kind of KINDS) {
    const at = (quantile: number) => {
      const of = (state: 'busy' | 'idle') => percentile(pairs.flatMap((pair) => pair[state][kind]), quantile)
      return `${(of('busy') / of('idle')).toFixed(2)} (${of('busy').toFixed(1)} : ${of('idle').toFixed(1)} ms)`
    }
    const each = pairs.map(({ busy, idle }) => percentile(busy[kind], 0.99) / percentile(idle[kind], 0.99))
    table.add(`${kind} with a busy encoder${also} : without`, `p99 ${at(0.99)}, rounds ${spread(each)}; p50 ${at(0.5)}; ${pairs.length * (kind === 'switches' ? SWITCHES : REQUESTS)} each`)
  }
}

async function timesOf(scene: Scene): Promise<Times> {
  return { switches: await scene.switchesAtOnce(SWITCHES), requests: await scene.load.latency(REQUESTS) }
}

/** Whether a source is being copied into the work area. */
async function copying({ machine }: Scene): Promise<boolean> {
  return (await machine.sh(`ls -A ${WORK}/jobs/*/source/ 2>/dev/null || true`)).includes('.part')
}
