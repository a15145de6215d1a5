import { styleText } from 'node:util'
import { percentile } from '../demo/load/percentiles.ts'

/** One line of the result: what was measured, and where there is a goal, whether it was met. */
export interface Row {
  readonly what: string
  readonly measured: string
  readonly goal?: { readonly text: string; readonly met: boolean }
}

export interface Section {
  readonly title: string
  readonly rows: readonly Row[]
}

/** A row whose value must stay at or below `most`. */
export function atMost(what: string, value: number, most: number, unit = '', digits = 0): Row {
  return { what, measured: `${value.toFixed(digits)}${unit}`, goal: { text: `≤ ${most}${unit}`, met: value <= most } }
}

/** `p50 1.2  p95 2.3  p99 4.5 ms` */
export function quantiles(values: readonly number[]): string {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(values, share).toFixed(1))
  return `p50 ${p50}  p95 ${p95}  p99 ${p99} ms`
}

export function print({ title, rows }: Section): void {
  const lines = rows.map(({ what, measured, goal }) => {
    const verdict = goal === undefined ? '' : goal.met ? styleText('green', '✓') : styleText('red', '✗ missed')
    return `  ${what.padEnd(52)} ${measured.padStart(34)}   ${(goal?.text ?? '').padEnd(12)} ${verdict}`.trimEnd()
  })
  process.stdout.write(`\n${styleText('bold', title)}\n${lines.join('\n')}\n`)
}
