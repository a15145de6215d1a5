import { parseArgs } from 'node:util'

export interface BenchOptions {
  /** Parts to run; all by default. */
  readonly only: readonly string[]
  /** Length of the clip, and of the long one. */
  readonly seconds: number
  readonly long_s: number
  readonly repeats: number
}

export function benchOptions(words: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string', default: '' },
      seconds: { type: 'string', default: '60' },
      'long-seconds': { type: 'string', default: '600' },
      repeats: { type: 'string', default: '3' },
    },
  })
  return { only: values.only.split(',').filter(Boolean), seconds: Number(values.seconds), long_s: Number(values['long-seconds']), repeats: Number(values.repeats) }
}
