import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { packageVersion, type PackageInput } from '../../encoder/package/package.ts'
import { initKey, segmentKey, withinAsset } from '../../encoder/package/names.ts'
import { messageOf } from '../../shared/errors/problem.ts'
import { checkAsset } from './asset-check.ts'
import { layDown } from './asset-folder.ts'
import { makeMedia } from './made-media.ts'
import { testPlan } from './test-plan.ts'

void t.test('the checker of assets finds what is wrong with one', async (t) => {
  const folder = t.testdir()
  const plan = testPlan({ seconds: 8, rungs: [{ id: 'v90', width: 160, height: 90 }, { id: 'v36', width: 64, height: 36 }], audio: [{ id: 'a0' }] })
  const input: PackageInput = {
    state: 'ready', asset: 'clip', version: '01jz', published_early: false, plan, source: { name: 'clip.mp4', size: 1, sha256: 'a'.repeat(64) }, captions: [], pictures: null, audio_complete: true,
    ...(await makeMedia(join(folder, 'work'), plan)),
  }
  const packaged = packageVersion(input)
  const whole = await layDown(join(folder, 'whole'), input, packaged)
  await t.resolves(checkAsset(whole))

  const path = (rendition: string, number: number) => {
    const segment = input.segments.find((candidate) => candidate.rendition === rendition && candidate.number === number)
    return segment === undefined ? '' : withinAsset('clip', segmentKey(input, segment))
  }
  const init = (rendition: string) => withinAsset('clip', input.inits.filter((made) => made.rendition === rendition).map((made) => initKey(input, made))[0] ?? '')
  const playlist = (rendition: string) => withinAsset('clip', packaged.files.find(({ key }) => key.includes(`/${rendition}/playlist-`))?.key ?? '')
  const edit = (file: string, change: (text: string) => string) => async (asset: string) => {
    const text = await readFile(join(asset, file), 'latin1')
    const changed = change(text)
    if (changed === text) throw new Error(`nothing was changed in ${file}`)
    await writeFile(join(asset, file), changed, 'latin1')
  }
  const sabotage: readonly (readonly [string, (asset: string) => Promise<void>, RegExp])[] = [
    ['a segment is gone', (asset) => rm(join(asset, path('v90', 2))), /ENOENT/],
    ['bits of a picture are turned', edit(path('v90', 1), (text) => `${text.slice(0, 1500)}${'\u00ff'.repeat(200)}${text.slice(1700)}`), /does not decode|frames decode/],
    ['a segment ends early', edit(path('v36', 1), (text) => text.slice(0, -9)), /last box does not end/],
    ['two segments changed places', edit(playlist('v90'), (text) => text.replace(/(00001-\S+)\n(#EXTINF\S+)\n(00002-\S+)/, '$3\n$2\n$1')), /starts at tick/],
    ['a segment is left out', edit(playlist('v36'), (text) => text.replace(/#EXTINF\S+\n00001-\S+\n/, '')), /starts at tick|is cut otherwise/],
    ['a length is wrong', edit(playlist('a0'), (text) => text.replace('EXTINF:1.92', 'EXTINF:1.93')), /its EXTINF says 1\.93/],
    ['the end is missing', edit(playlist('a0'), (text) => text.replace('#EXT-X-ENDLIST\n', '')), /while the asset is ready/],
    ['sound stands under the pictures’ header', edit(playlist('v90'), (text) => text.replace(/URI="[^"]*"/, `URI="../../${init('a0')}"`)), /not right|undefined/],
    ['the manifest shifts its times', edit('manifest.mpd', (text) => text.replace('d="172800"', 'd="172801"')), /reads other segments of v90 than its XML says/],
    ['the manifest names another segment', edit('manifest.mpd', (text) => text.replaceAll(path('v90', 1), path('v90', 2))), /HLS and DASH name other segments/],
    ['the manifest is broken', edit('manifest.mpd', (text) => text.replace('</Period>', '')), /Period/],
    ['the master leads elsewhere', edit('master.m3u8', (text) => text.replace(/01jz\/v36\/playlist\S+/, '../other/v36.m3u8')), /outside the asset/],
    ['asset.json promises another duration', edit('asset.json', (text) => text.replace('"duration_s":8', '"duration_s":9')), /asset\.json says 9/],
    ['a name does not fit the content', edit(playlist('v36'), (text) => `${text}\n`), /does not hold the hash/],
  ]
  for (const [what, spoil, expected] of sabotage) {
    const asset = join(folder, 'spoiled')
    await rm(asset, { recursive: true, force: true })
    await cp(whole, asset, { recursive: true })
    await spoil(asset)
    const message = await checkAsset(asset).then(() => 'nothing', messageOf)
    t.match(message, expected, what)
  }
})
