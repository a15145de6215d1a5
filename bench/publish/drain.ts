import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { testMinio } from '../../test/support/minio.ts'
import { minioConfig } from '../../test/support/publisher.ts'
import { rssBytes } from '../proc.ts'
import { atMost, type Section } from '../table.ts'
import { segments } from './files.ts'
import type { DrainScript } from './drain-process.ts'

const OBJECTS = 5000
const BYTES = 50_000
/** How long they wait while memory is watched. */
const WAIT_MS = 10_000

/** What 5,000 objects cost while the store is away, and how fast they go when it is back. In a process of its own. */
export async function drain(): Promise<Section> {
  const directory = await mkdtemp(join(tmpdir(), 'greenroom-bench-'))
  try {
    await using minio = await testMinio()
    const work = join(directory, 'work')
    await mkdir(work)
    const script: DrainScript = { work, config: await minioConfig(minio), warm: segments(work, 'warm', 'warm-1', 200, BYTES), objects: segments(work, 'film', 'film-1', OBJECTS, BYTES) }
    await writeFile(join(directory, 'script.json'), JSON.stringify(script))
    const child = fork(new URL('drain-process.ts', import.meta.url), [join(directory, 'script.json')])
    const pid = child.pid ?? 0
    await once(child, 'message')
    const before = await rssBytes(pid)
    await minio.kill()
    child.send('add')
    await once(child, 'message')
    let most = 0
    for (const end = performance.now() + WAIT_MS; performance.now() < end; await delay(250)) most = Math.max(most, await rssBytes(pid))
    await minio.start()
    const begun = performance.now()
    const [ms] = (await once(child, 'message')) as [number]
    const last = performance.now() - begun
    if (child.exitCode === null) await once(child, 'exit')
    const grown = (most - before) / 2 ** 20
    return {
      title: `${OBJECTS} objects of ${BYTES / 1000} kB wait while MinIO is down, and go when it is back`,
      rows: [
        { what: 'memory of the process before', measured: `${(before / 2 ** 20).toFixed(0)} MB` },
        atMost('    more while they wait', grown, 20, ' MB', 1),
        { what: 'from MinIO’s start until all are stored', measured: `${(last / 1000).toFixed(1)} s` },
        { what: '    of them from the first object stored', measured: `${(ms / 1000).toFixed(1)} s, ${Math.round(OBJECTS / (ms / 1000))} objects/s` },
      ],
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
