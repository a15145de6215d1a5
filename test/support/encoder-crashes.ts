import { copyFile, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { JobStep } from '../../encoder/jobs/steps.ts'
import { countAsset } from './counted-asset.ts'
import { testEncoder } from './encoder.ts'
import { makeCounter } from './media/counter.ts'
import { traversableDirectory } from './temporary.ts'
import { until } from './until.ts'

const FRAMES = 75
/** Steps that come more than once: killed at the second time too. */
const REPEATED: ReadonlySet<JobStep> = new Set<JobStep>(['chunk', 'chunk-recorded'])
const CAPTIONS = '1\n00:00:00,500 --> 00:00:02,000\nHello.\n'

/**
 * Kills encoders as they enter each of these steps of a job, one after another. Each first ends what the one before left,
 * and dies of a source of its own. Every frame is there once then, and no chunk was recorded twice.
 */
export async function surviveCrashes(t: Test, steps: readonly JobStep[]): Promise<void> {
  await using encoder = await testEncoder({ root: await traversableDirectory('greenroom-encoder-') })
  const outside = (name: string) => join(encoder.work, '..', name)
  const clip = await makeCounter({ file: outside('clip.mp4'), frames: FRAMES, gop: 30 })
  const drop = async (name: string) => {
    await writeFile(join(encoder.ingest, `${name}.en.srt`), CAPTIONS)
    await copyFile(clip.file, outside('copy.mp4'))
    await rename(outside('copy.mp4'), join(encoder.ingest, `${name}.mp4`))
  }
  const everyFrameOnce = async (name: string) => {
    const { numbers } = await countAsset(encoder.media, name)
    for (const shown of Object.values(numbers)) t.same(shown, Array.from({ length: FRAMES }, (_, index) => index), name)
  }
  const names: string[] = []
  for (const step of steps) {
    for (const count of REPEATED.has(step) ? [1, 2] : [1]) {
      const [before, name] = [names.at(-1), `${step}-${count}`]
      await encoder.startDoomed(step, count)
      // Its growing playlists may have to wait for their end: that need not be waited for here.
      if (before !== undefined) await encoder.reached(`${before}.mp4`, ['finishing', 'done'])
      await drop(name)
      if (before !== undefined) await everyFrameOnce(before)
      t.equal((await encoder.ended()).signal, 'SIGKILL', `it died at ${name}`)
      names.push(name)
    }
  }
  await encoder.start()
  for (const name of names) {
    const job = await encoder.reached(`${name}.mp4`, 'done')
    t.equal(job.chunks.encoded, job.chunks.planned, `${name}: each chunk is recorded once`)
  }
  await everyFrameOnce(names.at(-1) ?? '')
  await until('the work area is empty', async () => (await readdir(join(encoder.work, 'jobs'))).length === 0)
}
