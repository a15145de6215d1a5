import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { countAsset } from '../../support/counted-asset.ts'
import { testEncoder } from '../../support/encoder.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { traversableDirectory } from '../../support/temporary.ts'

t.setTimeout(180_000)

t.test('a recording whose clock jumps is encoded from the copy that its plan is about, and not from itself', async (t) => {
  await using encoder = await testEncoder({ root: await traversableDirectory('greenroom-remux-') })
  const common = { size: '160x90', frames: 50, gop: 25, audio: [] }
  const parts = [
    await makeCounter({ ...common, file: join(encoder.work, '..', 'a.ts'), offset_s: 10 }),
    await makeCounter({ ...common, file: join(encoder.work, '..', 'b.ts'), offset_s: 3610, number: (index) => 50 + index }),
  ]
  await writeFile(join(encoder.ingest, 'spliced.ts'), Buffer.concat(await Promise.all(parts.map(({ file }) => readFile(file)))))
  await encoder.start()
  const { asset, notes } = await encoder.reached('spliced.ts', 'done')
  t.ok(notes.some((note) => /timestamps jump/.test(note)), 'it is told', { notes })
  const { numbers } = await countAsset(encoder.media, asset)
  for (const [rung, shown] of Object.entries(numbers)) t.same(shown, Array.from({ length: 100 }, (_, index) => index), rung)
})
