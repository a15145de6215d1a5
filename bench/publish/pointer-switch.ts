import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { percentile } from '../../demo/load/percentiles.ts'
import { testMinio } from '../../test/support/minio.ts'
import { makeVersion, minioConfig, NEVER, testPublisher } from '../../test/support/publisher.ts'
import { atMost, quantiles, type Section } from '../table.ts'

const TIMES = 40
const SEGMENTS = 300
/** Objects of the last chunk: three rungs and audio, eight segments each. */
const LAST = 32

/** From the last chunk’s objects to pointers that name them, proven; and the switch alone. */
export async function pointerSwitch(): Promise<Section> {
  const directory = await mkdtemp(join(tmpdir(), 'greenroom-bench-'))
  try {
    await using minio = await testMinio()
    await using of = await testPublisher(join(directory, 'work'), await minioConfig(minio, { keep_versions: 0 }))
    const [whole, alone]: [number[], number[]] = [[], []]
    for (let time = 0; time < TIMES; time += 1) {
      const { version, segments, playlist, ready } = makeVersion(of.work, 'film', { segments: SEGMENTS, bytes: time === 0 ? 1_000_000 : 200_000 })
      of.publisher.begin(version)
      of.publisher.add(version.version, segments.slice(0, -LAST))
      await of.publisher.stored(version.version, NEVER)
      const begun = performance.now()
      of.publisher.add(version.version, [...segments.slice(-LAST), playlist])
      await of.publisher.stored(version.version, NEVER)
      const stored = performance.now()
      await of.publisher.point(version.version, ready, NEVER)
      const end = performance.now()
      if (time > 0) {
        whole.push(end - begun)
        alone.push(end - stored)
      }
      await of.publisher.collectVersions(NEVER)
      await rm(join(of.work, version.version), { recursive: true })
    }
    return {
      title: `Switch of the pointers of an asset of ${SEGMENTS} objects, ${TIMES - 1} times`,
      rows: [
        { what: 'the switch: journal, three pointers, each read back', measured: quantiles(alone) },
        { what: `with the ${LAST} objects of the last chunk before it`, measured: quantiles(whole) },
        atMost('    its 95th percentile', percentile(whole, 0.95), 1000, ' ms'),
      ],
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
