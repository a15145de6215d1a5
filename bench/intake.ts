import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testIntake } from '../test/support/intake.ts'
import { cpuNs, rssBytes } from './proc.ts'
import { atMost, type Section } from './table.ts'

const FILES = 10_000
const SETTLE_MS = 1000

/** Ten thousand files dropped at once (a folder renamed into ingest): how soon all are listed, and how soon all are claimed. */
export async function benchIntake(): Promise<Section[]> {
  const directory = await mkdtemp(join(tmpdir(), 'greenroom-bench-'))
  try {
    const dropped = join(directory, 'dropped')
    await mkdir(dropped)
    for (let start = 0; start < FILES; start += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, n) => writeFile(join(dropped, `clip-${String(start + n).padStart(5, '0')}.mp4`), `media ${start + n}`)))
    }
    await using host = await testIntake(directory, { settle: SETTLE_MS, rescan: 10_000 })
    const listed = Promise.withResolvers<number>()
    host.intake.subscribe(() => {
      if (host.intake.waiting().length === FILES) listed.resolve(performance.now())
    })
    const cpuBefore = await cpuNs([process.pid])
    const began = performance.now()
    await rename(dropped, join(host.ingest, 'dropped'))
    const listedAt = await listed.promise
    await host.ledger.until(FILES)
    const claimedAt = performance.now()
    const cpu = ((await cpuNs([process.pid])) - cpuBefore) / 1e9
    return [
      {
        title: `Intake of ${FILES.toLocaleString('en-US')} files dropped at once`,
        rows: [
          atMost('from drop to all listed', (listedAt - began) / 1000, 10, ' s', 2),
          { what: `from drop to all claimed (settle time ${SETTLE_MS / 1000} s)`, measured: `${((claimedAt - began) / 1000).toFixed(2)} s` },
          { what: 'CPU, and resident memory afterwards', measured: `${cpu.toFixed(2)} s, ${((await rssBytes(process.pid)) / 2 ** 20).toFixed(0)} MB` },
        ],
      },
    ]
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
