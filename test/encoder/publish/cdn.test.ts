import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AssumeRoleProvider } from 'minio/dist/esm/AssumeRoleProvider.mjs'
import t from 'tap'
import { openStore } from '../../../encoder/publish/open-store.ts'
import { examineStore } from '../../../encoder/publish/store-doctor.ts'
import { memoryDirectory } from '../../support/memory-directory.ts'
import { noMinio, testMinio } from '../../support/minio.ts'
import { testNginx } from '../../support/nginx.ts'
import { freePort } from '../../support/ports.ts'
import { makeVersion, minioConfig, NEVER, publish, testPublisher } from '../../support/publisher.ts'

const page = await readFile(new URL('../../../docs/how-to/minio-behind-a-cdn.md', import.meta.url), 'utf8')

/** The n-th block of a language in the how-to. */
function block(language: string, number = 0): string {
  const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text)
  const found = blocks[number]
  if (found === undefined) throw new Error(`the how-to has no block ${number} of ${language}`)
  return found
}

t.test('MinIO behind Nginx, as the how-to has it', { skip: noMinio }, async (t) => {
  await using minio = await testMinio()
  const directory = await memoryDirectory(t)
  const config = await minioConfig(minio)

  await t.test('the permissions of the how-to are enough', async (t) => {
    const session = new AssumeRoleProvider({ stsEndpoint: minio.endpoint, accessKey: minio.root.access_key, secretKey: minio.root.secret_key, policy: block('json', 0) })
    const credentials = await session.getCredentials()
    const file = join(directory, 'session.toml')
    await writeFile(file, `access_key = "${credentials.accessKey}"\nsecret_key = "${credentials.secretKey}"\nsession_token = "${credentials.sessionToken}"\n`, { mode: 0o600 })
    await using of = await testPublisher(join(directory, 'session'), { ...config, credentials_file: file, prefix: 'session', keep_versions: 0 })
    t.strictSame((await examineStore(of.store, NEVER)).filter(({ works }) => !works), [])
    await publish(of.publisher, makeVersion(of.work, 'film'))
    await publish(of.publisher, makeVersion(of.work, 'film'))
    await of.publisher.collectVersions(NEVER)
    t.match(await of.publisher.reconcile(NEVER), { missing: [], unknown: [] })
    t.strictSame(of.log, [])
    const store = await openStore({ ...config, credentials_file: file, bucket: 'another' })
    t.match(await examineStore(store, NEVER), [{ works: false }])
    await store.close()
  })

  await t.test('pointers are refreshed as soon as they change; all else is cached for ever', async (t) => {
    await minio.client().setBucketPolicy('media', block('json', 1))
    const port = await freePort()
    const site = block('nginx')
      .replace('/var/cache/nginx/media', join(directory, 'cache'))
      .replace('listen 80;', `listen 127.0.0.1:${port};`)
      .replaceAll('minio.internal:9000', `127.0.0.1:${minio.port}`)
    await chmod(directory, 0o777)
    await using nginx = await testNginx({ http: site, included: false })
    await nginx.start()
    const script = join(directory, 'refresh')
    await writeFile(script, block('sh').replace('http://media.example', `http://127.0.0.1:${port}`), { mode: 0o755 })
    await using of = await testPublisher(join(directory, 'work'), config, { afterPublish: { command: [script], timeout: 10_000 } })
    const get = async (key: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}/${key}`)
      return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() }
    }

    const [first, second] = [makeVersion(of.work, 'shows/film'), makeVersion(of.work, 'shows/film')]
    await publish(of.publisher, first)
    await of.publisher.settled(NEVER)
    t.match(await get('shows/film/master.m3u8'), { status: 200, text: first.ready.pointers[0]?.content, headers: { 'cache-control': 'public, max-age=5', 'content-type': 'application/vnd.apple.mpegurl', 'access-control-allow-origin': '*' } })
    const [segment] = first.segments
    t.match(await get(segment?.key ?? ''), { status: 200, headers: { 'cache-control': 'public, max-age=31536000, immutable', etag: /^"[0-9a-f]{32}"$/ } })

    await publish(of.publisher, second)
    await of.publisher.settled(NEVER)
    for (const pointer of second.ready.pointers) t.equal((await get(pointer.key)).text, pointer.content, `${pointer.key} is the new one at once`)
    t.match(JSON.parse((await get('shows/film/asset.json')).text), { version: second.version.version })

    await minio.kill()
    t.equal((await get(segment?.key ?? '')).status, 200, 'what is cached outlives the store')
    t.match(await get('shows/film/master.m3u8'), { status: 200, text: second.ready.pointers[0]?.content })
    t.strictSame(of.log, [])
  })
})
