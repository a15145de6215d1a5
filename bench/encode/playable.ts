import { rssBytes } from '../proc.ts'
import { atMost, type Section } from '../table.ts'
import { benchClip, longClip } from './clip.ts'
import { drop, startedEncoder } from './daemon.ts'
import type { BenchOptions } from './options.ts'

const MB = 2 ** 20

/** How soon a long source can be played while the rest is encoded, and the daemon's memory meanwhile. The whole ladder at `ultrafast`: what comes before encoding weighs the more. */
export async function playable({ seconds, long_s: long }: BenchOptions): Promise<Section[]> {
  const clip = await longClip(long, await benchClip(seconds))
  await using encoder = await startedEncoder({ preset: 'ultrafast' })
  const sizes: number[] = []
  const sampling = setInterval(() => void rssBytes(encoder.pid).then((bytes) => sizes.push(bytes)), 1000)
  try {
    const dropped = Date.now()
    await drop(encoder, clip, 'long.mp4')
    const job = await encoder.reached('long.mp4', 'done')
    const first = (Date.parse(job.playable_at ?? '') - dropped) / 1000
    const whole = (Date.parse(job.ended_at ?? '') - dropped) / 1000
    const [early, late] = [sizes.slice(0, Math.ceil(sizes.length / 3)), sizes.slice(-Math.ceil(sizes.length / 3))].map((some) => Math.max(...some) / MB)
    return [
      {
        title: `A source of ${long} s, whole ladder, ultrafast`,
        rows: [
          { what: 'from drop to published', measured: `${whole.toFixed(1)} s` },
          { what: 'from drop to first playable', measured: `${first.toFixed(1)} s` },
          atMost('    share of the whole', first / whole, 0.1, '', 3),
          atMost('resident memory of the daemon, at most', Math.max(...sizes) / MB, 150, ' MB'),
          { what: '    in the first and in the last third', measured: `${early?.toFixed(0)} and ${late?.toFixed(0)} MB` },
        ],
      },
    ]
  } finally {
    clearInterval(sampling)
  }
}
