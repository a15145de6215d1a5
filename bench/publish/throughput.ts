import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inParallel } from '../../encoder/in-parallel.ts'
import { percentile } from '../../demo/load/percentiles.ts'
import { testMinio } from '../../test/support/minio.ts'
import { minioConfig, NEVER, testPublisher } from '../../test/support/publisher.ts'
import type { Row, Section } from '../table.ts'
import { newVersion, segments } from './files.ts'

const OBJECTS = 80
const BYTES = 2_000_000
const CONCURRENCY = 4
const ROUNDS = 7

/**
 * Uploads through the publisher (ledger, checks, read back) against the bare `minio` client with as many at a time. They
 * take turns, and each round’s ratio is of the two beside each other; the median counts.
 */
export async function throughput(): Promise<Section> {
  const directory = await mkdtemp(join(tmpdir(), 'greenroom-bench-'))
  try {
    await using minio = await testMinio()
    await using of = await testPublisher(join(directory, 'work'), await minioConfig(minio, { concurrency: CONCURRENCY, keep_versions: 0 }), { backoff: { first: 500, most: 60_000, environment: 15_000 } })
    const client = minio.client()
    const ratios: number[] = []
    const [plain, ours]: [number[], number[]] = [[], []]
    // The first round warms the server and the page cache, and is not counted.
    for (let round = 0; round <= ROUNDS; round += 1) {
      const version = `v${round}`
      const objects = segments(of.work, 'film', version, OBJECTS, BYTES)
      const bare = async () => {
        await inParallel(objects, CONCURRENCY, async ({ key, path, content_type }) => {
          const content = await readFile(path)
          await client.putObject('media', `plain/${key}`, content, content.length, { 'Content-Type': content_type, 'Cache-Control': 'public, max-age=31536000, immutable' })
        })
      }
      const published = async () => {
        of.publisher.begin(newVersion('film', version))
        of.publisher.add(version, objects)
        await of.publisher.stored(version, NEVER)
      }
      const times = new Map<() => Promise<void>, number>()
      for (const run of round % 2 === 0 ? [bare, published] : [published, bare]) {
        const begun = performance.now()
        await run()
        times.set(run, performance.now() - begun)
      }
      await client.removeObjects('media', objects.map(({ key }) => `plain/${key}`))
      await of.publisher.abandon(version)
      await of.publisher.collectVersions(NEVER)
      await rm(join(of.work, version), { recursive: true })
      if (round === 0) continue
      const [a = NaN, b = NaN] = [times.get(bare), times.get(published)]
      plain.push(a)
      ours.push(b)
      ratios.push(a / b)
    }
    const rate = (times: readonly number[]) => `${((OBJECTS * BYTES) / percentile(times, 0.5) / 1000).toFixed(0)} MB/s`
    const ratio = percentile(ratios, 0.5)
    const rows: Row[] = [
      { what: 'the minio client alone (putObject of a buffer)', measured: rate(plain) },
      { what: 'the publisher: ledger, hash, store, read back', measured: rate(ours) },
      { what: '    times the client alone', measured: ratio.toFixed(3), goal: { text: '≥ 0.95', met: ratio >= 0.95 } },
    ]
    return { title: `Upload of ${OBJECTS} objects of ${BYTES / 1e6} MB, ${CONCURRENCY} at a time, median of ${ROUNDS} interleaved rounds`, rows }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
