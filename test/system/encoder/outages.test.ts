import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { countAsset } from '../../support/counted-asset.ts'
import { dropCopy, drained, encodedInOutage, padding, storeProblem } from '../../support/encoder-outages.ts'
import { testEncoder } from '../../support/encoder.ts'
import { faultyProxy } from '../../support/faulty-proxy.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { downloadAsset, minioReader } from '../../support/minio-asset.ts'
import { noMinio, testMinio } from '../../support/minio.ts'
import { noSmallDisk, smallDisk } from '../../support/small-disk.ts'
import { storeReader } from '../../support/store-reader.ts'
import { traversableDirectory } from '../../support/temporary.ts'
import { until } from '../../support/until.ts'

const FRAMES = 200
const MIB = 1024 ** 2
const range = (count: number) => Array.from({ length: count }, (_, index) => index)

t.test('outages in the middle of encoding: encoding goes on, everything drains by itself, and no reader ever sees anything broken', { skip: noMinio || noSmallDisk }, async (t) => {
  await using minio = await testMinio()
  await using proxy = await faultyProxy(minio.port)
  await using disk = await smallDisk(64 * 1024)
  const credentials = await minio.credentialsFile()
  const root = await traversableDirectory('greenroom-encoder-')
  const settings = {
    work: { directory: join(disk.path, 'work'), min_free: '16MiB' },
    store: { kind: 'minio', endpoint: proxy.endpoint, bucket: minio.bucket, credentials_file: credentials, timeout: '2s' },
  }
  await using encoder = await testEncoder({ root, settings })
  const { file: clip } = await makeCounter({ file: join(root, 'clip.mp4'), frames: FRAMES, size: '160x90' })
  const reader = storeReader(['cut', 'waits', 'silent', 'killed', 'rotated'], minioReader(minio))
  await encoder.start()

  await t.test('all connections are cut, and the work area is small: intake waits and says why', async (t) => {
    await encodedInOutage(t, encoder, clip, 'cut', 12 * MIB, () => proxy.set({ kind: 'cut' }))
    await storeProblem(encoder, 'store_unreachable')
    await dropCopy(encoder, clip, 'waits', padding(40 * MIB))
    const { detail } = await until('the next source waits for space', async () => {
      const { body } = await encoder.call('GET', '/v1/waiting')
      return (body as { waiting: { reason: string; detail: string }[] }).waiting.find(({ reason }) => reason === 'no_space')
    })
    t.match(detail, /work\.min_free.*as soon as there is space/)
    t.match(await encoder.call('GET', '/readyz'), { status: 503, body: { problems: [/does not answer.*tried again by itself/] } })
    t.match((await encoder.call('GET', '/metrics')).body, /^greenroom_store_problem\{fault="destination",code="store_unreachable"\} 1$/m)
    t.match(await encoder.command('status'), { stdout: /1 file in the ingest folder waits[^]*nothing is stored right now: .* does not answer/ })
    proxy.set({ kind: 'none' })
    await drained(t, encoder, 'cut')
    await drained(t, encoder, 'waits')
  })

  await t.test('connections are accepted and never answered, and the encoder is killed with -9 meanwhile', async (t) => {
    await encodedInOutage(t, encoder, clip, 'silent', 1000, () => proxy.set({ kind: 'hang' }))
    await storeProblem(encoder, 'store_unreachable')
    await encoder.kill('SIGKILL')
    await encoder.start()
    await storeProblem(encoder, 'store_unreachable')
    t.match((await encoder.jobs())[0], { source: { name: 'silent.mp4' }, state: 'publishing' })
    proxy.set({ kind: 'none' })
    await drained(t, encoder, 'silent')
  })

  await t.test('MinIO is killed with -9 and started again', async (t) => {
    await encodedInOutage(t, encoder, clip, 'killed', 2000, () => minio.kill())
    await storeProblem(encoder, 'store_unreachable')
    await minio.start()
    await drained(t, encoder, 'killed')
  })

  await t.test('its credentials are rotated', async (t) => {
    const { access_key } = minio.root
    await encodedInOutage(t, encoder, clip, 'rotated', 3000, async () => {
      await minio.kill('SIGTERM')
      await minio.start({ MINIO_ROOT_USER: access_key, MINIO_ROOT_PASSWORD: 'another-secret' })
    })
    await storeProblem(encoder, 'store_denied')
    await writeFile(credentials, `access_key = "${access_key}"\nsecret_key = "another-secret"\n`)
    await drained(t, encoder, 'rotated')
  })

  await reader.stop()
  t.same(reader.faults, [])
  t.ok(reader.seen > 10)

  await t.test('its bucket is deleted and made again', async (t) => {
    await encodedInOutage(t, encoder, clip, 'bucket', 4000, async () => {
      proxy.set({ kind: 'cut' })
      // What was on its way may still arrive.
      await until('the bucket is gone', async () => minio.removeBucket().then(() => true, () => false))
      proxy.set({ kind: 'none' })
    })
    await storeProblem(encoder, 'bucket_missing')
    const again = storeReader(['bucket', 'cut', 'killed'], minioReader(minio))
    await minio.makeBucket()
    const waiting = (await encoder.jobs()).find(({ source }) => source.name === 'bucket.mp4')
    t.match(waiting, { state: 'publishing', blocked: { code: 'bucket_missing', fault: 'environment', advice: /Make the bucket/ } }, 'the job says what it waits for')
    // Else it would look again after 15 s.
    t.match(await encoder.command('retry', waiting?.id ?? ''), { code: 0 })
    await drained(t, encoder, 'bucket')
    await until('a reader has seen it', () => again.seen > 0)
    await again.stop()
    t.same(again.faults, [])
    t.match(await encoder.command('publish', 'verify', 'cut'), { code: 1, stdout: /missing +cut\// }, 'what was not at hand any more is told')
  })

  await downloadAsset(minio, 'bucket', root)
  for (const shown of Object.values((await countAsset(root, 'bucket')).numbers)) t.same(shown, range(FRAMES), 'every frame once')
})
