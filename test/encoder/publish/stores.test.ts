import { createHash } from 'node:crypto'
import { chmod, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test as T } from 'tap'
import { openStore } from '../../../encoder/publish/open-store.ts'
import { examineStore } from '../../../encoder/publish/store-doctor.ts'
import type { Store, StoreObject } from '../../../encoder/publish/store.ts'
import { authority } from '../../support/certificates.ts'
import { noGofakes3, testGofakes3 } from '../../support/gofakes3.ts'
import { memoryDirectory } from '../../support/memory-directory.ts'
import { noMinio, testMinio } from '../../support/minio.ts'
import { directoryConfig, minioConfig, NEVER } from '../../support/publisher.ts'
import { noSmallDisk, smallDisk } from '../../support/small-disk.ts'
import { httpServer, tcpServer } from '../../support/servers.ts'

function text(key: string, content: string): StoreObject {
  return { key, body: { content }, bytes: Buffer.byteLength(content), sha256: createHash('sha256').update(content).digest('hex'), content_type: 'text/plain', cache_control: 'public, max-age=5' }
}

async function holdsItsPromises(t: T, store: Store): Promise<void> {
  await store.put(text('a/b.txt', 'one'), { once: true, signal: NEVER })
  await store.put(text('a/b.txt', 'one'), { once: true, signal: NEVER })
  await t.rejects(store.put(text('a/b.txt', 'two'), { once: true, signal: NEVER }), { code: 'object_mismatch', fault: 'destination' }, 'what is there is never overwritten by an object')
  t.equal(String(await store.read('a/b.txt', NEVER)), 'one')
  await store.put(text('a/b.txt', 'two'), { once: false, signal: NEVER })
  t.equal(String(await store.read('a/b.txt', NEVER)), 'two', 'but by a pointer it is')
  await store.put(text('a/empty.txt', ''), { once: true, signal: NEVER })
  t.match(await store.head('a/empty.txt', NEVER), { bytes: 0 })
  t.equal(await store.hash('a/b.txt', NEVER), text('', 'two').sha256)
  t.strictSame([await store.head('a/x.txt', NEVER), await store.read('a/x.txt', NEVER), await store.hash('a/x.txt', NEVER)], [null, null, null])
  await store.remove('a/x.txt', NEVER)
  const keys: string[] = []
  for await (const { key } of store.list('a/b', NEVER)) keys.push(key)
  t.strictSame(keys, ['a/b.txt'])
  await t.rejects(store.put(text('../out.txt', ''), { once: true, signal: NEVER }), { code: 'internal' })
  await t.rejects(store.put({ ...text('a/c.txt', 'three'), sha256: text('', 'four').sha256 }, { once: true, signal: NEVER }), { code: 'internal', message: /is not what was made/ }, 'other bytes than were promised are never stored')
  t.equal(await store.head('a/c.txt', NEVER), null)
  await t.rejects(store.head('a/b.txt', AbortSignal.abort(new Error('enough'))), { message: 'enough' })
  const findings = await examineStore(store, NEVER)
  t.strictSame(findings.filter(({ works }) => !works), [], 'the doctor finds nothing')
  t.strictSame(findings.map(({ what }) => what), ['write', 'read back', 'conditional write', 'overwrite', 'list', 'delete'])
  await store.remove('a/b.txt', NEVER)
  await store.remove('a/empty.txt', NEVER)
  for await (const { key } of store.list('', NEVER)) t.fail(`${key} is left`)
}

async function changedIsNeverStored(t: T, store: Store): Promise<void> {
  const path = join(await memoryDirectory(t), 'made')
  await writeFile(path, 'one')
  const object = { ...text('a/d.txt', 'one'), body: { path } }
  await writeFile(path, 'two')
  await t.rejects(store.put(object, { once: true, signal: NEVER }), { code: 'internal', message: /SHA-256/ })
  await rm(path)
  await t.rejects(store.put(object, { once: true, signal: NEVER }), { code: 'internal', message: /is gone/ })
  t.equal(await store.head('a/d.txt', NEVER), null)
}

t.test('a directory', async (t) => {
  const root = await memoryDirectory(t)
  for (const prefix of [undefined, 'vod']) {
    await t.test(prefix === undefined ? 'holds its promises' : 'and with a prefix', async (t) => {
      const store = await openStore(directoryConfig(root, prefix === undefined ? {} : { prefix }))
      await holdsItsPromises(t, store)
      t.strictSame((await readdir(root)).filter((name) => name !== 'vod'), ['.greenroom'], 'directories that are empty go')
    })
  }

  await t.test('a work file that was changed is never stored', async (t) => changedIsNeverStored(t, await openStore(directoryConfig(root))))

  await t.test('a symbolic link that leads out of it is not followed', async (t) => {
    const inside = join(root, 'linked')
    const outside = await memoryDirectory(t)
    await mkdir(inside)
    await writeFile(join(outside, 'secret.txt'), 'secret')
    await symlink(outside, join(inside, 'asset'))
    const store = await openStore(directoryConfig(inside))
    const refused = { code: 'storage_failed', message: /leads out of the store/ }
    await t.rejects(store.put(text('asset/a.txt', 'one'), { once: true, signal: NEVER }), refused)
    await t.rejects(store.read('asset/secret.txt', NEVER), refused)
    await t.rejects(store.remove('asset/secret.txt', NEVER), refused)
    t.strictSame(await readdir(outside), ['secret.txt'])
    for await (const { key } of store.list('', NEVER)) t.fail(`${key} was listed`)
  })

  await t.test('one that is missing, as when its file system is not mounted, is not made', async (t) => {
    const store = await openStore(directoryConfig(join(root, 'unmounted')))
    await t.rejects(store.put(text('a/a.txt', 'one'), { once: true, signal: NEVER }), { code: 'storage_failed', fault: 'environment' })
    await t.rejects(store.head('a/a.txt', NEVER), { code: 'storage_failed' }, 'and nothing is said to be missing in it')
    t.notOk((await readdir(root)).includes('unmounted'))
  })

  await t.test('an empty mount point is not an empty store: nothing is missing from it, nothing is written to it', async (t) => {
    const work = await memoryDirectory(t)
    const media = join(work, 'media')
    await mkdir(media)
    // As the kernel tells it, with the file system mounted or not.
    let mounted = true
    const readMounts = async () => `1 0 0:1 / / rw - ext4 root rw\n${mounted ? `2 1 0:2 / ${media} rw - ext4 disk rw\n` : ''}`
    const open = async () => openStore(directoryConfig(media), { work, readMounts })
    const store = await open()
    await store.put(text('a/a.txt', 'one'), { once: true, signal: NEVER })
    await rename(media, join(work, 'disk'))
    await mkdir(media)
    mounted = false
    const refused = { code: 'storage_failed', message: /used to lie on a file system mounted at .*media, which is not mounted now/, advice: /^Mount it/ }
    for (const again of [store, await open()]) {
      await t.rejects(again.head('a/a.txt', NEVER), refused)
      await t.rejects(again.read('a/a.txt', NEVER), refused)
      await t.rejects(again.put(text('a/b.txt', 'two'), { once: true, signal: NEVER }), refused)
      await t.rejects(again.remove('a/a.txt', NEVER), refused)
      await t.rejects(again.list('', NEVER)[Symbol.asyncIterator]().next(), refused)
    }
    t.strictSame(await readdir(media), [])
    await rm(media, { recursive: true })
    await rename(join(work, 'disk'), media)
    mounted = true
    t.equal(String(await store.read('a/a.txt', NEVER)), 'one', 'it goes on by itself')
  })

  await t.test('a full disk is told, and leaves nothing half', { skip: noSmallDisk }, async (t) => {
    await using disk = await smallDisk(256)
    const store = await openStore(directoryConfig(disk.path))
    await disk.fill()
    await t.rejects(store.put(text('a/a.txt', 'x'.repeat(100_000)), { once: true, signal: NEVER }), { code: 'no_space', fault: 'environment', advice: /Free space/ })
    await disk.free()
    t.equal(await store.head('a/a.txt', NEVER), null)
    await store.put(text('a/a.txt', 'x'.repeat(100_000)), { once: true, signal: NEVER })
  })
})

t.test('MinIO', { skip: noMinio }, async (t) => {
  await using minio = await testMinio()
  for (const prefix of [undefined, 'vod/films']) {
    await t.test(prefix === undefined ? 'holds its promises' : 'and with a prefix', async (t) => {
      const store = await openStore(await minioConfig(minio, prefix === undefined ? {} : { prefix }))
      await holdsItsPromises(t, store)
      await store.close()
    })
  }

  await t.test('a work file that was changed is never stored', async (t) => {
    const store = await openStore(await minioConfig(minio))
    await changedIsNeverStored(t, store)
    await store.put(text('a/e.txt', 'first'), { once: true, signal: NEVER })
    // From the first object on it is the server that refuses what differs.
    await changedIsNeverStored(t, store)
    await store.close()
  })

  await t.test('a rate is kept', async (t) => {
    const store = await openStore(await minioConfig(minio, { max_rate: 400_000 }))
    const begun = performance.now()
    await Promise.all([1, 2].map((part) => store.put(text(`rate/${part}.txt`, 'x'.repeat(100_000)), { once: true, signal: NEVER })))
    t.ok(performance.now() - begun > 350, 'both together are no faster than they may be')
    await store.close()
  })

  await t.test('what is wrong with the access is said in words, each as its own', async (t) => {
    const wrong = async (config: Awaited<ReturnType<typeof minioConfig>>) => {
      const store = await openStore(config)
      try {
        await store.put(text('a/a.txt', 'x'.repeat(2_000_000)), { once: true, signal: NEVER })
        return null
      } catch (error) {
        return error
      } finally {
        await store.close()
      }
    }
    const good = await minioConfig(minio)
    t.match(await wrong({ ...good, bucket: 'nowhere' }), { code: 'bucket_missing', fault: 'environment' })
    t.match(await wrong({ ...good, credentials_file: await minio.credentialsFile({ access_key: 'nobody', secret_key: 'secret-of-nobody' }) }), { code: 'store_denied', message: /does not know the access key/ })
    t.match(await wrong({ ...good, credentials_file: await minio.credentialsFile({ ...minio.root, secret_key: 'wrong' }) }), { code: 'store_denied', message: /refuses the secret key/ })
    const open = await minio.credentialsFile()
    await chmod(open, 0o644)
    t.match(await wrong({ ...good, credentials_file: open }), { code: 'store_misconfigured', message: /may be read by everybody \(mode 0644\)/ })
    t.match(await wrong({ ...good, credentials_file: '/nowhere.toml' }), { code: 'store_misconfigured', message: /no such file/ })
    t.match(await wrong({ ...good, endpoint: `https://127.0.0.1:${minio.port}` }), { code: 'store_misconfigured', message: /does not speak the protocol/ })
    t.match(await wrong({ ...good, endpoint: 'http://127.0.0.1:1' }), { code: 'store_unreachable', fault: 'destination' })
    await t.rejects(openStore({ ...good, endpoint: `${minio.endpoint}/media` }), { code: 'store_misconfigured', message: /has a path/ })
    await using nothing = await tcpServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'))
    t.match(await wrong({ ...good, endpoint: `http://${nothing.address}` }), { code: 'store_misconfigured' })
    t.match(await examineStore(await openStore({ ...good, bucket: 'nowhere' }), NEVER), [{ what: 'write', works: false, detail: /has no such bucket/, mend: /^Make the bucket/ }])
    await using gone = await tcpServer(() => {})
    await gone[Symbol.asyncDispose]()
    t.match(await wrong({ ...good, proxy: `http://${gone.address}` }), { code: 'store_unreachable', message: /\(through the proxy http:.*connection refused/ })
    await using website = await httpServer((_, response) => void response.writeHead(405).end('no'))
    t.match(await wrong({ ...good, endpoint: `http://${website.address}` }), { code: 'store_failed', advice: /No S3 server refuses like this.*store\.endpoint/ })
  })

  await t.test('a bucket that keeps what is deleted is one to look at, and works', async (t) => {
    await minio.client().makeBucket('versions')
    await minio.client().setBucketVersioning('versions', { Status: 'Enabled' })
    const store = await openStore({ ...(await minioConfig(minio)), bucket: 'versions' })
    t.match((await examineStore(store, NEVER)).filter(({ works }) => !works), [{ what: 'delete', harmless: true, detail: /versioning of the bucket is on/, mend: /lifecycle rule/ }])
    await store.close()
  })

  await t.test('uploads in parts that nobody finished are ended once they are a day old, below its prefix only', async (t) => {
    const client = minio.client()
    const left = async () => {
      const keys: string[] = []
      for await (const item of client.listIncompleteUploads('media', '', true)) keys.push((item as { key: string }).key)
      return keys
    }
    for (const key of ['vod/film/left.m4s', 'other/left.m4s']) await client.initiateNewMultipartUpload('media', key, {})
    const config = await minioConfig(minio, { prefix: 'vod' })
    const today = await openStore(config)
    t.equal(await today.tidy(NEVER), 0, 'somebody may still be at it')
    await today.close()
    const tomorrow = await openStore(config, { now: () => Date.now() + 25 * 60 * 60 * 1000 })
    t.equal(await tomorrow.tidy(NEVER), 1)
    t.strictSame(await left(), ['other/left.m4s'])
    await tomorrow.close()
  })

  await t.test('through a proxy', async (t) => {
    let asked = ''
    await using proxy = await tcpServer((socket) => {
      socket.once('data', (chunk: Buffer) => {
        asked = chunk.toString('latin1').split('\r\n')[0] ?? ''
        socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n')
      })
    })
    const store = await openStore(await minioConfig(minio, { proxy: `http://${proxy.address}` }))
    await t.rejects(store.read('a/a.txt', NEVER), { code: 'store_failed', message: /502/ })
    t.equal(asked, `GET ${minio.endpoint}/media/a/a.txt HTTP/1.1`)
    await store.close()
  })
})

t.test('another S3 server, which gives back any SHA-256 unseen: it proves nothing by that, and objects are proven otherwise', { skip: noGofakes3 }, async (t) => {
  await using server = await testGofakes3()
  const store = await openStore(await minioConfig(server))
  await store.put(text('a/b.txt', 'one'), { once: true, signal: NEVER })
  t.match(await store.head('a/b.txt', NEVER), { bytes: 3, sha256: null })
  t.equal(await store.hash('a/b.txt', NEVER), text('', 'one').sha256)
  await changedIsNeverStored(t, store)
  const keys: string[] = []
  for await (const { key } of store.list('', NEVER)) keys.push(key)
  t.same(keys, ['a/b.txt'], 'the test of it left nothing behind')
  t.equal(await store.tidy(NEVER), 0)
  const findings = await examineStore(store, NEVER)
  t.match(findings.filter(({ works }) => !works), [{ what: 'read back', detail: /Cache-Control came back as nothing/ }], 'the doctor tells what it lacks')
  await store.close()
})

t.test('MinIO with TLS: a certificate that nothing vouches for is refused, one of the named CA is not', { skip: noMinio }, async (t) => {
  const { ca, issue } = await authority(await memoryDirectory(t))
  await using minio = await testMinio({ tls: await issue('minio', 'IP:127.0.0.1') })
  const untrusted = await openStore(await minioConfig(minio))
  await t.rejects(untrusted.read('a/a.txt', NEVER), { code: 'store_tls', fault: 'environment', advice: /ca_file/ })
  const store = await openStore(await minioConfig(minio, { ca_file: ca }))
  await holdsItsPromises(t, store)
  await store.close()
  await untrusted.close()

  await t.test('and through an HTTP proxy, whose tunnel sees nothing but bytes', async (t) => {
    const asked = new Set<string>()
    await using proxy = await tcpServer((socket) => tunnel(socket, (line) => asked.add(line)))
    const store = await openStore(await minioConfig(minio, { ca_file: ca, proxy: `http://${proxy.address}` }))
    await holdsItsPromises(t, store)
    t.strictSame([...asked], [`CONNECT 127.0.0.1:${minio.port} HTTP/1.1`])
    await store.close()
  })

  await t.test('in another region; the wrong one is said to be that', async (t) => {
    await minio.kill('SIGTERM')
    await minio.start({ MINIO_SITE_REGION: 'eu-central-1' })
    const wrong = await openStore(await minioConfig(minio, { ca_file: ca }))
    await t.rejects(wrong.put(text('a/a.txt', 'one'), { once: true, signal: NEVER }), { code: 'store_misconfigured', message: /expects another region/, advice: /store\.region/ })
    const right = await openStore(await minioConfig(minio, { ca_file: ca, region: 'eu-central-1' }))
    await holdsItsPromises(t, right)
    await Promise.all([wrong.close(), right.close()])
  })
})

/** What an HTTP proxy does with CONNECT. */
function tunnel(client: Socket, told: (line: string) => void): void {
  client.once('data', (head: Buffer) => {
    const [line = ''] = head.toString('latin1').split('\r\n')
    told(line)
    const [, host = '', port = ''] = /^CONNECT ([^:]+):(\d+) /.exec(line) ?? []
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      client.pipe(upstream).pipe(client)
    })
    upstream.on('error', () => client.destroy())
  })
}
