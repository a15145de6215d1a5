import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { testEncoderApi } from '../../support/encoder-api.ts'

t.test('the directory store is served to viewers, and nothing beside it', async (t) => {
  await using api = await testEncoderApi()
  const media = join(api.directory, 'media')
  await mkdir(join(media, 'films/a/v1.mp4'), { recursive: true })
  await writeFile(join(media, 'films/a/master.m3u8'), '#EXTM3U\n')
  await writeFile(join(media, 'films/a/.master.m3u8'), 'half written')
  await writeFile(join(media, 'films/a/notes.txt'), 'not media')
  await writeFile(join(api.directory, 'secret.json'), '{}')
  await symlink(join(api.directory, 'secret.json'), join(media, 'films/a/link.json'))
  const headers = { authorization: `Bearer ${await api.token({ name: 'v', role: 'viewer' })}` }
  const get = async (path: string) => api.app.inject({ url: `/media/${path}`, headers })

  const answer = await get('films/a/master.m3u8')
  t.match(answer, { statusCode: 200, body: '#EXTM3U\n' })
  t.match(answer.headers, { 'content-type': 'application/vnd.apple.mpegurl', 'content-length': '8', 'x-content-type-options': 'nosniff' })
  t.match(await api.app.inject({ method: 'HEAD', url: '/media/films/a/master.m3u8', headers }), { statusCode: 200, body: '' })
  for (const path of ['films/a/.master.m3u8', 'films/a/notes.txt', 'films/a/link.json', 'films/a/v1.mp4', 'films/a/none.m4s', '../secret.json', 'films%2F..%2F..%2Fsecret.json', 'films/a/%00.json', '']) {
    const refused = await get(path)
    t.equal(refused.statusCode, 404, path)
    t.notMatch(refused.body, /half written|not media/, path)
  }
  t.match((await api.app.inject({ url: '/media/films/a/master.m3u8' })).json(), { code: 'unauthenticated' })
})

t.test('an encoder that publishes elsewhere serves no media', async (t) => {
  await using api = await testEncoderApi({ toml: () => '[store]\nkind = "minio"\nendpoint = "http://127.0.0.1:1"\nbucket = "media"\n' })
  t.equal((await api.app.inject({ url: '/media/films/a/master.m3u8' })).statusCode, 404)
})
