import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { countAsset } from '../../support/counted-asset.ts'
import { testEncoder, type TestEncoder } from '../../support/encoder.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { seededRandom } from '../../support/random.ts'
import { traversableDirectory } from '../../support/temporary.ts'

const FRAMES = 500
const KILLS = 8
const range = (count: number) => Array.from({ length: count }, (_, index) => index)

/** Running programs that bear the mark of this work area. */
async function children(encoder: TestEncoder): Promise<number[]> {
  const found: number[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)) {
    // Another's, or gone meanwhile.
    const environ = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
    if (pid !== encoder.pid && environ.includes(`GREENROOM_WORK=${encoder.work}\0`)) found.push(pid)
  }
  return found
}

const TARGETS = ['daemon', 'ffmpeg', 'both'] as const

t.test('killed at random times, daemon, ffmpeg or both: every frame once, and at most the chunk in flight encoded again', async (t) => {
  const { random, seed } = seededRandom()
  t.comment(`seed ${seed}`)
  await using encoder = await testEncoder({ root: await traversableDirectory('greenroom-encoder-'), settings: { jobs: { attempts: 100 } } })
  // Slow enough that there is something to kill.
  const clip = await makeCounter({ file: join(encoder.work, '..', 'clip.mkv'), frames: FRAMES, size: '640x360', gop: 60 })
  await encoder.start()
  await rename(clip.file, join(encoder.ingest, 'clip.mkv'))
  let interruptions = 0
  for (let kill = 0; kill < KILLS; kill += 1) {
    await delay(200 + random() * 1200)
    const target = TARGETS[kill % TARGETS.length] ?? 'both'
    const [job] = await encoder.jobs()
    if (job?.state === 'done') break
    const victims = target === 'daemon' ? [] : await children(encoder)
    if (target !== 'ffmpeg') await encoder.kill('SIGKILL')
    for (const pid of victims) {
      try {
        process.kill(pid, 'SIGKILL')
        interruptions += 1
      } catch {
        // It ended by itself in the meantime.
      }
    }
    if (target === 'ffmpeg') continue
    interruptions += 1
    await encoder.start()
    t.same((await children(encoder)).filter((pid) => victims.includes(pid)), [], 'nothing of the one before runs on')
  }
  const job = await encoder.reached('clip.mkv', 'done')
  t.ok(job.chunks.encoded <= job.chunks.planned + interruptions, `${job.chunks.encoded} of ${job.chunks.planned} chunks were recorded after ${interruptions} kills`)
  t.equal(job.chunks.encoded, job.chunks.planned, 'a chunk that is recorded is never encoded again')
  const { numbers, beeps } = await countAsset(encoder.media, 'clip')
  for (const [rung, shown] of Object.entries(numbers)) t.same(shown, range(FRAMES), rung)
  t.equal(beeps['a0']?.length, clip.beeps[0]?.length)
  t.same(await children(encoder), [], 'no program is left over')
})
