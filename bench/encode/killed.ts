import type { JobView } from '../../encoder/jobs/contract.ts'
import type { TestEncoder } from '../../test/support/encoder.ts'
import { until } from '../../test/support/until.ts'
import { atMost, type Section } from '../table.ts'
import { benchClip, longClip } from './clip.ts'
import { drop, startedEncoder } from './daemon.ts'
import type { BenchOptions } from './options.ts'

const CHUNK_S = 10
const PATIENCE_MS = 600_000
/** Shares of the work at which the daemon is killed. */
const KILLS = [0.2, 0.45, 0.75]

/** Seconds of media that are encoded again after `kill -9` of the daemon: what had been encoded, less what the restart begins with. */
export async function killed({ seconds }: BenchOptions): Promise<Section[]> {
  const clip = await longClip(2 * seconds, await benchClip(seconds))
  await using encoder = await startedEncoder({ preset: 'ultrafast', chunk: `${CHUNK_S}s`, segment: '1s' })
  await drop(encoder, clip, 'killed.mp4')
  const lost: number[] = []
  for (const share of KILLS) {
    const before = await until(`${share} of the work`, async () => (await encoder.jobs()).slice(0, 1).find((job) => encodedShare(job) >= share), PATIENCE_MS)
    await encoder.restart('SIGKILL')
    const after = await newest(encoder)
    const kept = (after.chunks.done / after.chunks.planned) * (after.duration_s ?? NaN)
    lost.push(encodedShare(before) * (before.duration_s ?? NaN) - kept)
  }
  const job = await encoder.reached('killed.mp4', 'done')
  return [
    {
      title: `kill -9 of the daemon, ${KILLS.length} times in a source of ${2 * seconds} s, chunks of ${CHUNK_S} s`,
      rows: [
        atMost('encoded again after a kill, at most', Math.max(...lost), CHUNK_S, ' s', 1),
        { what: '    each time', measured: lost.map((value) => `${value.toFixed(1)} s`).join(', ') },
        atMost('chunks that were finished and encoded again', job.chunks.encoded - job.chunks.planned, 0),
      ],
    },
  ]
}

async function newest(encoder: TestEncoder): Promise<JobView> {
  const [job] = await encoder.jobs()
  if (job === undefined) throw new Error('there is no job yet')
  return job
}

function encodedShare(job: JobView): number {
  const shares = job.renditions.filter(({ kind }) => kind === 'video').map(({ progress }) => progress)
  // Before there is a plan there are no renditions.
  return shares.length === 0 ? 0 : Math.min(...shares)
}

