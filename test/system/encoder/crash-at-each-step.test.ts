import { copyFile, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { JOB_STEPS } from '../../../encoder/jobs/steps.ts'
import { countAsset } from '../../support/counted-asset.ts'
import { testEncoder } from '../../support/encoder.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { until } from '../../support/until.ts'
import { traversableDirectory } from '../../support/temporary.ts'

const FRAMES = 100
const range = (count: number) => Array.from({ length: count }, (_, index) => index)

/** All but the one that a job does not always come to: where encoding is quicker than the store, nothing is shown early. */
const STEPS = JOB_STEPS.filter((step) => step !== 'point-early')
/** Steps that come more than once: killed at the second time too. */
const REPEATED = new Set(['chunk', 'chunk-recorded'])
const CAPTIONS = '1\n00:00:00,500 --> 00:00:02,000\nHello.\n'

t.test('killed as it enters a step, the encoder takes up the job at its next start, and finishes it', { timeout: 280_000 }, async (t) => {
  await using encoder = await testEncoder({ root: await traversableDirectory('greenroom-encoder-') })
  const clip = await makeCounter({ file: join(encoder.work, '..', 'clip.mp4'), frames: FRAMES, gop: 30 })
  for (const step of STEPS) {
    for (const count of REPEATED.has(step) ? [1, 2] : [1]) {
      const name = `${step}-${count}`
      await encoder.startDoomed(step, count)
      await writeFile(join(encoder.ingest, `${name}.en.srt`), CAPTIONS)
      await copyFile(clip.file, join(encoder.work, '..', 'copy.mp4'))
      await rename(join(encoder.work, '..', 'copy.mp4'), join(encoder.ingest, `${name}.mp4`))
      t.equal((await encoder.ended()).signal, 'SIGKILL', `it died at ${name}`)
      await encoder.start()
      const job = await encoder.reached(`${name}.mp4`, 'done')
      t.equal(job.chunks.encoded, job.chunks.planned, `${name}: each chunk is recorded once`)
      const { numbers } = await countAsset(encoder.media, name)
      for (const shown of Object.values(numbers)) t.same(shown, range(FRAMES), name)
      await encoder.kill()
    }
  }
  await until('the work area is empty', async () => (await readdir(join(encoder.work, 'jobs'))).length === 0)
})
