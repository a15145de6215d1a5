import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify, type TomlTable } from 'smol-toml'
import t from 'tap'
import { references } from '../../../encoder/publish/references.ts'
import { countAsset } from '../../support/counted-asset.ts'
import { dropCopy, padding } from '../../support/encoder-outages.ts'
import { QUICK_PROFILE, testEncoder, type TestEncoder } from '../../support/encoder.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { traversableDirectory } from '../../support/temporary.ts'

const FRAMES = 100
const range = (count: number) => Array.from({ length: count }, (_, index) => index)

/** Other tables in encoder.toml, as of the next start, which is now. */
async function configure(encoder: TestEncoder, tables: TomlTable): Promise<void> {
  await writeFile(encoder.config, stringify({ ...parse(await readFile(encoder.config, 'utf8')), ...tables }))
  await encoder.restart()
}

t.test('a changed profile: reencode makes a new version of the kept source, players on the old one go on, and it goes after its grace', async (t) => {
  const root = await traversableDirectory('greenroom-encoder-')
  await using encoder = await testEncoder({ root, settings: { store: { keep_versions: 0, grace: '1h' } } })
  const { file: clip } = await makeCounter({ file: join(root, 'clip.mp4'), frames: FRAMES, size: '320x180' })
  await encoder.start()
  await dropCopy(encoder, clip, 'film', padding(64))
  const first = await encoder.reached('film.mp4', 'done')
  t.match(await encoder.command('reencode', 'film'), { code: 0, stdout: /film\.mp4 is in the ingest folder again/ })
  const same = await encoder.reached('film.mp4', 'done', first.id)
  t.equal(same.chunks.encoded, 0, 'by the same profile there is nothing to do')
  t.match(same.notes.join(), /published before, as version .*: nothing had to be encoded/)

  // All that a player has which loaded the master now; it asks for the rest as it goes.
  const read = async (key: string) => readFile(join(encoder.media, key), 'utf8')
  const playlists = references('film/master.m3u8', await read('film/master.m3u8')).filter((key) => key.endsWith('.m3u8'))
  t.ok(playlists.length > 0 && playlists.every((key) => key.startsWith(`film/${first.version}/`)))

  const [rung] = QUICK_PROFILE['rungs'] as TomlTable[]
  await configure(encoder, { profiles: { default: { ...QUICK_PROFILE, rungs: [rung, { id: 'v144', short_side: 144, crf: 30, maxrate_kbps: 500 }] } as TomlTable } })
  t.equal((await encoder.command('reencode', 'film')).code, 0)
  const second = await encoder.reached('film.mp4', 'done', same.id)
  t.equal(second.chunks.encoded, second.chunks.planned)
  const { version, numbers } = await countAsset(encoder.media, 'film')
  t.equal(version, second.version)
  t.same(Object.keys(numbers).toSorted(), ['v144', 'v90'])
  for (const shown of Object.values(numbers)) t.same(shown, range(FRAMES), 'every frame once')
  t.same((JSON.parse(await read('film/asset.json')) as { previous_versions: string[] }).previous_versions, [first.version])

  t.match(await encoder.command('housekeeping'), { code: 0, stdout: /0 old versions/ })
  for (const playlist of playlists) for (const key of references(playlist, await read(playlist))) t.ok((await readFile(join(encoder.media, key))).length > 0)

  await configure(encoder, { store: { kind: 'directory', directory: encoder.media, keep_versions: 0, grace: '0s' } })
  t.match(await encoder.command('housekeeping', '--dry-run'), { code: 0, stdout: /1 old version/ })
  t.ok((await readdir(join(encoder.media, 'film'))).includes(first.version), 'a dry run deletes nothing')
  t.match(await encoder.command('housekeeping'), { code: 0, stdout: /1 old version/ })
  t.same((await readdir(join(encoder.media, 'film'))).toSorted(), [second.version, 'asset.json', 'manifest.mpd', 'master.m3u8'].toSorted())
  t.match(await encoder.command('publish', 'rollback', 'film'), { code: 3, stderr: /no older version/ })
  t.match(await encoder.command('publish', 'verify'), { code: 0 })

  await rm(join(encoder.ingest, 'done'), { recursive: true })
  t.match(await encoder.command('reencode', 'film'), { code: 3, stderr: /not kept.*Drop film\.mp4 into the ingest folder again/ })
})
