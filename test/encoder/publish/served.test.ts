import { chmod, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { memoryDirectory } from '../../support/memory-directory.ts'
import { testNginx } from '../../support/nginx.ts'
import { freePort } from '../../support/ports.ts'
import { directoryConfig, makeVersion, NEVER, publish, testPublisher } from '../../support/publisher.ts'

t.test('a directory behind Nginx, as the how-to has it, is served with the headers that MinIO gives', async (t) => {
  const page = await readFile(new URL('../../../docs/how-to/from-a-drop-folder-to-a-player.md', import.meta.url), 'utf8')
  const block = /^```nginx\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? ''
  const directory = await memoryDirectory(t)
  const media = join(directory, 'media')
  await mkdir(media)
  await chmod(directory, 0o755)
  const port = await freePort()
  await using nginx = await testNginx({ http: `server {\nlisten 127.0.0.1:${port};\n${block.replace('/srv/greenroom/media/', `${media}/`)}\n}`, included: false })
  await nginx.start()
  await using of = await testPublisher(join(directory, 'work'), directoryConfig(media))
  const made = makeVersion(of.work, 'shows/film')
  of.publisher.begin(made.version)
  of.publisher.add(made.version.version, made.segments)
  await of.publisher.stored(made.version.version, NEVER)
  await of.publisher.point(made.version.version, made.growing(3), NEVER)
  await publish(of.publisher, made)

  const forEver = 'public, max-age=31536000, immutable'
  const expected = [
    ...made.segments.map(({ key }) => [key, 'video/mp4', forEver] as const),
    [made.playlist.key, 'application/vnd.apple.mpegurl', forEver],
    [made.growing(3).pointers[0]?.key ?? '', 'application/vnd.apple.mpegurl', 'public, max-age=5'],
    ['shows/film/master.m3u8', 'application/vnd.apple.mpegurl', 'public, max-age=5'],
    ['shows/film/manifest.mpd', 'application/dash+xml', 'public, max-age=5'],
    ['shows/film/asset.json', 'application/json', 'public, max-age=5'],
  ] as const
  for (const [key, type, cache] of expected) {
    const answer = await fetch(`http://127.0.0.1:${port}/media/${key}`, { headers: { origin: 'https://player.example' } })
    t.match({ status: answer.status, headers: Object.fromEntries(answer.headers) }, { status: 200, headers: { 'content-type': type, 'cache-control': cache, 'access-control-allow-origin': '*', etag: String } }, key)
    t.same(Buffer.from(await answer.arrayBuffer()), await of.store.read(key, NEVER))
  }
  const [segment] = made.segments
  const part = await fetch(`http://127.0.0.1:${port}/media/${segment?.key}`, { headers: { range: 'bytes=10-19' } })
  t.match([part.status, (await part.arrayBuffer()).byteLength], [206, 10], 'ranges too, for I-frame playlists')
  t.notMatch(await fetch(`http://127.0.0.1:${port}/media/.greenroom/`), { status: 200 }, 'what is being written is not served')
})
