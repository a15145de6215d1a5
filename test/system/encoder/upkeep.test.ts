import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { countAsset } from '../../support/counted-asset.ts'
import { testEncoder } from '../../support/encoder.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { traversableDirectory } from '../../support/temporary.ts'

t.test('an object that was lost behind its back: verify finds it, repair says that it cannot, reencode makes it good', async (t) => {
  await using encoder = await testEncoder({ root: await traversableDirectory('greenroom-encoder-') })
  const clip = await makeCounter({ file: join(encoder.work, '..', 'clip.mp4'), frames: 50, size: '160x90' })
  await encoder.start()
  await rename(clip.file, join(encoder.ingest, 'clip.mp4'))
  const first = await encoder.reached('clip.mp4', 'done')
  t.match(await encoder.command('publish', 'verify'), { code: 0, stdout: /1 version, \d+ objects .*all as it should be/ })

  const version = join(encoder.media, 'clip', first.version)
  const lost = (await readdir(version, { recursive: true })).find((name) => name.endsWith('.m4s')) ?? ''
  await rm(join(version, lost))
  t.match(await encoder.command('publish', 'verify', 'clip'), { code: 1, stdout: new RegExp(`missing +clip/${first.version}/${lost}[^]*next: .*publish repair clip`) })
  t.match(await encoder.command('publish', 'repair', 'clip'), { code: 1, stdout: /cannot be repaired from here[^]*next: .*reencode clip/ })
  t.match(await encoder.command('reencode', 'clip'), { code: 0, stdout: /clip\.mp4 is in the ingest folder again/ })
  const second = await encoder.reached('clip.mp4', 'done', first.id)
  t.match(second.notes[0], /lacks 1 of its objects in the store: it is made anew/)
  t.equal((await countAsset(encoder.media, 'clip')).version, second.version)

  t.match(await encoder.command('publish', 'rollback', 'clip'), { code: 3, stderr: /lacks 1 of its objects/ }, 'nobody is led back to what would not play')
  t.match(await encoder.command('housekeeping', '--dry-run'), { code: 0, stdout: /versions: 0 old versions[^]*reconcile: /  })
  t.match(await encoder.command('housekeeping'), { code: 0, stdout: /reconcile: \d+ objects in the store/ })
})
