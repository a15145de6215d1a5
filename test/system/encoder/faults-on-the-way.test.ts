import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { countAsset } from '../../support/counted-asset.ts'
import { drained, dropCopy, encodedInOutage, encodedMeanwhile, padding, storeProblem } from '../../support/encoder-outages.ts'
import { ENCODER_MAIN, testEncoder } from '../../support/encoder.ts'
import { faultyProxy } from '../../support/faulty-proxy.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { downloadAsset, minioReader } from '../../support/minio-asset.ts'
import { noMinio, testMinio } from '../../support/minio.ts'
import { storeReader } from '../../support/store-reader.ts'
import { traversableDirectory } from '../../support/temporary.ts'

const FRAMES = 200
const SHIFTED_CLOCK = new URL('../../support/shifted-clock.ts', import.meta.url).pathname
const range = (count: number) => Array.from({ length: count }, (_, index) => index)

t.test('faults on the way to the store in the middle of encoding: no chunk is encoded twice, and no reader sees anything broken', { skip: noMinio }, async (t) => {
  await using minio = await testMinio()
  await using proxy = await faultyProxy(minio.port)
  const root = await traversableDirectory('greenroom-encoder-')
  const credentials = await minio.credentialsFile()
  const clock = join(root, 'clock-is-wrong')
  await using encoder = await testEncoder({
    root,
    settings: { store: { kind: 'minio', endpoint: proxy.endpoint, bucket: minio.bucket, credentials_file: credentials, timeout: '2s' } },
    env: { SHIFTED_CLOCK: clock },
  })
  const { file: clip } = await makeCounter({ file: join(root, 'clip.mp4'), frames: FRAMES, size: '160x90' })
  const assets = ['reset', 'unavailable', 'slow', 'lost', 'clock']
  const reader = storeReader(assets, minioReader(minio))
  await encoder.launch(['--import', SHIFTED_CLOCK, ENCODER_MAIN, 'run', '--config', encoder.config])

  await t.test('connections are reset at random bytes, and the encoder is killed with -9 meanwhile', async (t) => {
    const before = proxy.felt
    await encodedMeanwhile(t, encoder, clip, 'reset', 1000, () => proxy.set({ kind: 'reset', after: () => Math.floor(Math.random() * 20_000) }))
    await encoder.kill('SIGKILL')
    await encoder.launch(['--import', SHIFTED_CLOCK, ENCODER_MAIN, 'run', '--config', encoder.config])
    await encoder.reached('reset.mp4', 'done')
    t.ok(proxy.felt > before, `${proxy.felt - before} resets`)
    proxy.set({ kind: 'none' })
    await drained(t, encoder, 'reset')
  })

  await t.test('every answer is 503', async (t) => {
    await encodedInOutage(t, encoder, clip, 'unavailable', 2000, () => proxy.set({ kind: 'unavailable' }))
    t.match(await storeProblem(encoder, 'store_failed'), { message: /answered 503/, advice: /tried again by itself/ })
    proxy.set({ kind: 'none' })
    await drained(t, encoder, 'unavailable')
  })

  await t.test('what was published before is dropped again, after something newer and while the store is away', async (t) => {
    const first = (await encoder.jobs()).find(({ source }) => source.name === 'unavailable.mp4')
    await dropCopy(encoder, clip, 'unavailable', padding(2500))
    const second = await encoder.reached('unavailable.mp4', 'done', first?.id)
    proxy.set({ kind: 'cut' })
    await dropCopy(encoder, clip, 'unavailable', padding(2000))
    await storeProblem(encoder, 'store_unreachable')
    proxy.set({ kind: 'none' })
    const third = await encoder.reached('unavailable.mp4', 'done', second.id)
    t.equal(third.chunks.encoded, 0, 'nothing had to be encoded')
    t.match(await encoder.call('GET', '/v1/assets/unavailable'), { status: 200, body: { current: first?.version, document: { version: first?.version, previous_versions: [second.version] } } })
    await drained(t, encoder, 'unavailable')
  })

  await t.test('the line carries 50 kB/s: that is no fault', async (t) => {
    const told = encoder.output().length
    // Before anything is on its way: what is, this would cut.
    proxy.set({ kind: 'slow', rate: 50_000 })
    await encodedMeanwhile(t, encoder, clip, 'slow', 3000, () => {})
    await drained(t, encoder, 'slow')
    t.notMatch(encoder.output().slice(told), /store_unreachable|store_failed/, 'no try failed')
    proxy.set({ kind: 'none' })
  })

  await t.test('answers are lost after the objects were stored', async (t) => {
    const [told, before] = [encoder.output().length, proxy.felt]
    await encodedMeanwhile(t, encoder, clip, 'lost', 4000, () => proxy.set({ kind: 'lose', requests: /^PUT /, times: 8 }))
    await drained(t, encoder, 'lost')
    t.equal(proxy.felt - before, 8)
    t.notMatch(encoder.output().slice(told), /store_unreachable/, 'they were found stored: nothing was sent twice')
  })

  await t.test('the clock of the host is 20 minutes off', async (t) => {
    await encodedInOutage(t, encoder, clip, 'clock', 5000, async () => writeFile(clock, ''))
    const { advice } = await storeProblem(encoder, 'clock_skew')
    t.match(advice, /timedatectl set-ntp true/)
    t.match(await encoder.call('GET', '/readyz'), { status: 503, body: { problems: [/refuses the clock of this host/] } })
    await rm(clock)
    // Else it would look again after 15 s.
    await writeFile(credentials, `# ${new Date().toISOString()}\naccess_key = "${minio.root.access_key}"\nsecret_key = "${minio.root.secret_key}"\n`)
    await drained(t, encoder, 'clock')
  })

  await reader.stop()
  t.same(reader.faults, [])
  t.ok(reader.seen > 10)
  for (const asset of assets) {
    await downloadAsset(minio, asset, root)
    for (const shown of Object.values((await countAsset(root, asset)).numbers)) t.same(shown, range(FRAMES), `${asset}: every frame once`)
  }
})
