import type { Scene } from './scene.ts'

/** How fast the encoder worked: media seconds per second, and per second of processor that it had. */
export interface Rate {
  readonly perSecond: number
  readonly perCpuSecond: number
}

/** The encoder's rate while something else is done. */
export async function rateDuring({ encoder }: Scene, work: () => Promise<unknown>): Promise<Rate> {
  const [encoded, used, at] = [await encoder.encoded(), await encoder.processorTime(), performance.now()]
  await work()
  const more = (await encoder.encoded()) - encoded
  return { perSecond: more / ((performance.now() - at) / 1000), perCpuSecond: more / ((await encoder.processorTime()) - used) }
}

/** `0.98 (0.95 to 1.01)`: median, least and most. */
export function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const [least = NaN, most = NaN] = [sorted[0], sorted.at(-1)]
  return `${median(values).toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}
