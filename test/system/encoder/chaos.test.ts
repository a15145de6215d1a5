import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { countAsset } from '../../support/counted-asset.ts'
import { dropCopy, padding } from '../../support/encoder-outages.ts'
import { ENCODER_MAIN, testEncoder } from '../../support/encoder.ts'
import { faultyProxy, type Fault } from '../../support/faulty-proxy.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { downloadAsset, minioReader } from '../../support/minio-asset.ts'
import { noMinio, testMinio } from '../../support/minio.ts'
import { seededRandom } from '../../support/random.ts'
import { storeReader } from '../../support/store-reader.ts'
import { traversableDirectory } from '../../support/temporary.ts'
import { until } from '../../support/until.ts'

// Longer: CHAOS_EVENTS=100; again as before: TEST_SEED.
const EVENTS = Number(process.env['CHAOS_EVENTS'] ?? 12)
/** Longest pause between two of them. */
const PAUSE_MS = 2000
const FRAMES = 150
const SHIFTED_CLOCK = new URL('../../support/shifted-clock.ts', import.meta.url).pathname
const range = (count: number) => Array.from({ length: count }, (_, index) => index)
const ASSETS = range(4).map((index) => `asset${index}`)

t.test(`${EVENTS} things at random times: sources, kill -9 of encoder and store, faults of line and clock, rollbacks; no reader sees anything broken`, { skip: noMinio, timeout: 900_000 }, async (t) => {
  const { seed, random } = seededRandom()
  t.comment(`TEST_SEED=${seed}`)
  const upTo = (count: number) => Math.floor(random() * count)
  await using minio = await testMinio()
  await using proxy = await faultyProxy(minio.port)
  const root = await traversableDirectory('greenroom-encoder-')
  const credentials = await minio.credentialsFile()
  const wrongClock = join(root, 'clock-is-wrong')
  const store = { kind: 'minio', endpoint: proxy.endpoint, bucket: minio.bucket, credentials_file: credentials, timeout: '2s', keep_versions: 1, grace: '5s' }
  await using encoder = await testEncoder({ root, settings: { jobs: { concurrency: 2 }, store }, env: { SHIFTED_CLOCK: wrongClock } })
  const { file: clip } = await makeCounter({ file: join(root, 'clip.mp4'), frames: FRAMES, size: '160x90' })
  const launch = async () => encoder.launch(['--import', SHIFTED_CLOCK, ENCODER_MAIN, 'run', '--config', encoder.config])
  const reader = storeReader(ASSETS, minioReader(minio))
  let dropped = 0
  let kills = 0
  const drop = async () => dropCopy(encoder, clip, ASSETS[upTo(ASSETS.length)] ?? '', padding(100 + 8 * (dropped += 1)))
  const fault = (next: Fault) => proxy.set(next)
  const happenings: readonly (() => unknown)[] = [
    drop,
    drop,
    drop,
    async () => {
      kills += 1
      await encoder.kill('SIGKILL')
      await launch()
    },
    async () => {
      await minio.kill()
      await minio.start()
    },
    () => fault({ kind: 'cut' }),
    () => fault({ kind: 'hang' }),
    () => fault({ kind: 'unavailable' }),
    () => fault({ kind: 'reset', after: () => upTo(30_000) }),
    () => fault({ kind: 'lose', requests: /^(PUT|DELETE) /, times: 5 }),
    () => fault({ kind: 'none' }),
    async () => writeFile(wrongClock, ''),
    async () => rm(wrongClock, { force: true }),
    async () => encoder.call('POST', `/v1/assets/${ASSETS[upTo(ASSETS.length)]}/rollback`, {}),
    async () => encoder.call('POST', '/v1/housekeeping', {}),
  ]

  await launch()
  await drop()
  for (let event = 0; event < EVENTS; event += 1) {
    await delay(upTo(PAUSE_MS))
    await happenings[upTo(happenings.length)]?.()
  }

  proxy.set({ kind: 'none' })
  await rm(wrongClock, { force: true })
  // Else a clock that was wrong would be looked at again after 15 s.
  await writeFile(credentials, `# read again\naccess_key = "${minio.root.access_key}"\nsecret_key = "${minio.root.secret_key}"\n`)
  const jobs = await until('every source is an asset', async () => {
    const all = await encoder.jobs('?limit=500')
    return all.length >= dropped && all.every(({ state }) => state === 'done') ? all : null
  }, 300_000)
  for (const { asset, chunks } of jobs) t.ok(chunks.encoded <= chunks.planned + kills, `${asset}: ${chunks.encoded} chunks encoded of ${chunks.planned}, ${kills} of its encoders killed`)
  t.match(await encoder.command('publish', 'verify'), { code: 0 })
  t.match(await encoder.command('housekeeping'), { code: 0, stdout: /objects in the store: all as in the ledger/ })
  await reader.stop()
  t.same(reader.faults, [])
  t.ok(reader.seen > 0)
  for (const asset of new Set(jobs.map((job) => job.asset))) {
    await downloadAsset(minio, asset, root)
    for (const shown of Object.values((await countAsset(root, asset)).numbers)) t.same(shown, range(FRAMES), `${asset}: every frame once`)
  }
})
