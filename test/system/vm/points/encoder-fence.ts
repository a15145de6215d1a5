import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { makeMinute } from '../encoder.ts'
import { startMinio } from '../minio.ts'
import type { Scene } from '../scene.ts'

const SETTINGS = `
[profiles.default]
preset = "veryfast"
chunk = "8s"
poster = false
storyboard = false
[work]
min_free = "20MiB"
`
// Run before the daemon, in the unit's own sandbox.
const PROBE = `[Service]
ExecStartPre=/usr/bin/perl /usr/lib/greenroom-encoder/encoder/encode/fence/fence.pl --probe
`

/** The encoder starts; in the unit's sandbox ffmpeg's fence holds both walls. */
export async function encoderFence(t: Test, scene: Scene): Promise<void> {
  const { machine, table } = scene
  const { sh, attempt, root } = machine
  await makeMinute(machine)
  const store = scene.hasMinio ? await startMinio(machine) : ''
  await sh(`greenroom-encoder init --defaults ${store}`)
  await appendFile(join(root, 'etc/greenroom/encoder.toml'), SETTINGS)
  const dropIns = 'etc/systemd/system/greenroom-encoder.service.d'
  await mkdir(join(root, dropIns), { recursive: true })
  await writeFile(join(root, dropIns, 'probe.conf'), PROBE)
  await sh('systemctl daemon-reload && systemctl start greenroom-encoder')
  t.match(await sh('journalctl -u greenroom-encoder -o cat --no-pager'), /^files\nnetwork$/m)
  await sh(`rm -r /${dropIns} && systemctl daemon-reload`)

  await scene.keepBusy()
  await scene.startLoad()
  const [ffmpeg] = (await sh('pgrep -f "^/usr/bin/ffmpeg"')).split('\n')
  t.equal((await sh(`cat /proc/${ffmpeg}/oom_score_adj`)).trim(), '500')
  const filters = async (of: number | string) => Number(/^Seccomp_filters:\t(\d+)$/m.exec(await sh(`cat /proc/${of}/status`))?.[1])
  t.equal(await filters(ffmpeg ?? ''), (await filters(await scene.pid('greenroom-encoder'))) + 1, 'ffmpeg has a filter of its own')
  t.equal((await attempt('greenroom-encoder doctor')).code, 0, 'doctor finds nothing to mend')
  table.add('the fence around ffmpeg, in the unit’s sandbox', 'files and network both held')
}
