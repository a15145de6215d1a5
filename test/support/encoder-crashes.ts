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

/** Kills an encoder as it enters each of these steps of a job, and checks what the next one makes of it: every frame once, no chunk recorded twice. */
export async function surviveCrashes(t: Test, steps: readonly JobStep[]): Promise<void> {
  await using encoder = await testEncoder({ root: await traversableDirectory('greenroom-encoder-') })
  const outside = (name: string) => join(encoder.work, '..', name)
  const clip = await makeCounter({ file: outside('clip.mp4'), frames: FRAMES, gop: 30 })
  for (const step of steps) {
    for (const count of REPEATED.has(step) ? [1, 2] : [1]) {
      const name = `${step}-${count}`
      await encoder.startDoomed(step, count)
      await writeFile(join(encoder.ingest, `${name}.en.srt`), CAPTIONS)
      await copyFile(clip.file, outside('copy.mp4'))
      await rename(outside('copy.mp4'), join(encoder.ingest, `${name}.mp4`))
      t.equal((await encoder.ended()).signal, 'SIGKILL', `it died at ${name}`)
      await encoder.start()
      const job = await encoder.reached(`${name}.mp4`, 'done')
      t.equal(job.chunks.encoded, job.chunks.planned, `${name}: each chunk is recorded once`)
      const { numbers } = await countAsset(encoder.media, name)
      for (const shown of Object.values(numbers)) t.same(shown, Array.from({ length: FRAMES }, (_, index) => index), name)
      await encoder.kill()
    }
  }
  await until('the work area is empty', async () => (await readdir(join(encoder.work, 'jobs'))).length === 0)
}
