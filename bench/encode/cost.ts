import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtInProfiles } from '../../encoder/plan/built-in-profiles.ts'
import { examineSource } from '../../test/support/chain.ts'
import { atMost, type Row, type Section } from '../table.ts'
import { encodeByHand, encodeEachByHand } from './by-hand.ts'
import { benchClip } from './clip.ts'
import { costOf, type Cost } from './cpu-seconds.ts'
import { drop, startedEncoder } from './daemon.ts'
import type { BenchOptions } from './options.ts'

/**
 * What the daemon needs from drop to published, all included: looking, measuring loudness, checks, hashes, pictures,
 * publishing; against ffmpeg by hand with the same ladder and settings. They take turns, and each round’s ratio is to
 * the hand-written command of the same round.
 */
export async function cost({ seconds, repeats }: BenchOptions): Promise<Section[]> {
  const clip = await benchClip(seconds)
  const directory = await mkdtemp(join(tmpdir(), 'greenroom-bench-'))
  try {
    await using encoder = await startedEncoder({})
    const { plan } = await examineSource(clip, directory, { profile: builtInProfiles.default })
    const ways: Readonly<Record<'ours' | 'hand' | 'each', (round: number) => Promise<Cost>>> = {
      ours: (round) =>
        costOf(encoder.pid, async () => {
          await drop(encoder, clip, `clip-${round}.mp4`)
          await encoder.reached(`clip-${round}.mp4`, 'done')
        }),
      hand: (round) => costOf('self', () => encodeByHand(plan, clip, join(directory, `hand-${round}`))),
      each: (round) => costOf('self', () => encodeEachByHand(plan, clip, join(directory, `each-${round}`))),
    }
    const names = Object.keys(ways) as (keyof typeof ways)[]
    const costs: Record<keyof typeof ways, Cost[]> = { ours: [], hand: [], each: [] }
    for (let round = 0; round < repeats; round += 1) {
      // Each round begins with another, so that none is always the one after an idle moment.
      for (const name of names.map((_, index) => names[(index + round) % names.length] ?? 'ours')) costs[name].push(await ways[name](round))
    }
    const ratio = (name: 'ours' | 'each', key: keyof Cost) => mean(costs[name].map((of, round) => of[key] / (costs.hand[round]?.[key] ?? NaN)))
    return [
      {
        title: `${seconds} s of 1080p to ${plan.video?.rungs.length} rungs, mean of ${repeats} interleaved rounds`,
        rows: [
          row('one ffmpeg by hand', costs.hand),
          row('the daemon, from drop to published', costs.ours),
          atMost('    times the CPU', ratio('ours', 'cpu_s'), 1.05, '', 3),
          { what: '    times the clock', measured: ratio('ours', 'wall_s').toFixed(3) },
          row('an ffmpeg for each rendition', costs.each),
          { what: '    times the CPU of one', measured: ratio('each', 'cpu_s').toFixed(3) },
          { what: 'the daemon, times the CPU of one for each', measured: (ratio('ours', 'cpu_s') / ratio('each', 'cpu_s')).toFixed(3) },
        ],
      },
    ]
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function row(what: string, costs: readonly Cost[]): Row {
  return { what, measured: `${mean(costs.map(({ cpu_s: cpu }) => cpu)).toFixed(1)} CPU-s, ${mean(costs.map(({ wall_s: wall }) => wall)).toFixed(1)} s` }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
