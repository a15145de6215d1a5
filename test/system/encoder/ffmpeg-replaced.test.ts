import { rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { countAsset } from '../../support/counted-asset.ts'
import { testEncoder } from '../../support/encoder.ts'
import { nine } from '../../support/ffmpegs.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { FFMPEG } from '../../support/media/tools.ts'
import { traversableDirectory } from '../../support/temporary.ts'

t.test('an ffmpeg that is upgraded in the middle of a job begins the version anew: no asset is of two', { timeout: 280_000, skip: nine.skip }, async (t) => {
  const root = await traversableDirectory('greenroom-upgrade-')
  const program = join(root, 'ffmpeg')
  await symlink(FFMPEG, program)
  await using encoder = await testEncoder({ root, settings: { tools: { ffmpeg: program } } })
  const clip = await makeCounter({ file: join(root, 'clip.mp4'), frames: 120, gop: 30, size: '160x90' })
  await encoder.startDoomed('chunk-recorded')
  await rename(clip.file, join(encoder.ingest, 'clip.mp4'))
  t.equal((await encoder.ended()).signal, 'SIGKILL', 'it died with a chunk of the old one')

  await symlink(nine.path, join(root, 'upgraded'))
  await rename(join(root, 'upgraded'), program)
  await encoder.start()
  const job = await encoder.reached('clip.mp4', 'done')
  t.match(job.version, /-2$/, 'another version than the one that the old ffmpeg began')
  t.equal(job.error, null)
  const { numbers, version } = await countAsset(encoder.media, job.asset)
  t.equal(version, job.version)
  for (const [rung, shown] of Object.entries(numbers)) t.same(shown, Array.from({ length: 120 }, (_, index) => index), rung)
})
