import type { Operation } from '../switching/operation.ts'
import type { Row } from './table.ts'
import { table } from './table.ts'
import type { Style } from './terminal.ts'
import { ago, deedOf, lengthOf, timeOf } from './words.ts'

/** The lines of a text, each with `margin` before it. */
export function indented(text: string, margin = '  '): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => margin + line)
}

function gateWord(gate: Operation['gates'][number], style: Style): string {
  if (gate.passed) return style.green('passed ')
  return gate.advisory === true ? style.yellow('warns  ') : style.red('refused')
}

/** One line per gate, aligned: `gate health  refused  127.0.0.1:3002: connection refused`. */
export function gateLines({ gates }: Operation, style: Style): string[] {
  const width = Math.max(0, ...gates.map(({ name }) => name.length))
  return gates.map((gate) => `gate ${gate.name.padEnd(width)}  ${gateWord(gate, style)}  ${gate.detail}`)
}

/** A unified diff with its colours. */
export function colouredDiff(diff: string, style: Style): string {
  const line = (text: string) => {
    if (text.startsWith('+++') || text.startsWith('---')) return style.bold(text)
    if (text.startsWith('+')) return style.green(text)
    return text.startsWith('-') ? style.red(text) : text
  }
  return `${diff.trimEnd().split('\n').map(line).join('\n')}\n`
}

export function outcomeWord({ outcome, step }: Operation, style: Style): string {
  switch (outcome) {
    case 'succeeded':
      return style.green(outcome)
    case 'refused':
      return style.yellow(outcome)
    case 'failed':
    case 'restored':
      return style.red(outcome)
    case null:
      return style.bold(`running${step === null ? '' : `: ${step}`}`)
    default:
      return outcome satisfies never
  }
}

/** Newest first, two lines each: who did what with what outcome, then its id and reason. */
export function operationsTable(operations: readonly Operation[], columns: number, style: Style): string {
  if (operations.length === 0) return 'No operations.\n'
  const rows = operations.map((operation): Row => {
    const { id, reason, problem, finished_at, timings_ms } = operation
    return {
      cells: [
        timeOf(operation.started_at),
        operation.service,
        deedOf(operation),
        outcomeWord(operation, style),
        finished_at === null ? '' : lengthOf(timings_ms.total),
        operation.actor,
      ],
      notes: [
        `${style.dim(id)}${reason === null ? '' : ` "${reason}"`}`,
        ...(problem === null ? [] : [problem.detail]),
      ],
    }
  })
  return table(['STARTED', 'SERVICE', 'WHAT', 'OUTCOME', 'TOOK', 'BY'].map(style.bold), rows, columns)
}

/** Everything that is known of one operation. */
export function operationText(operation: Operation, style: Style, now: Date): string {
  const { id, service, actor, source, reason, started_at, finished_at, timings_ms, warnings, problem, diff, force } = operation
  const lines = [
    `${style.bold(`${service}: ${deedOf(operation)}`)}  ${outcomeWord(operation, style)}`,
    `  id        ${id}`,
    `  by        ${actor} from ${source}${force ? ', with force' : ''}`,
    ...(reason === null ? [] : [`  reason    "${reason}"`]),
    `  started   ${timeOf(started_at)} (${ago(started_at, now)})`,
    ...(finished_at === null
      ? []
      : [`  took      ${lengthOf(timings_ms.total)}: gates ${lengthOf(timings_ms.gates)}, apply ${lengthOf(timings_ms.apply)}, prove ${lengthOf(timings_ms.prove)}`]),
    ...gateLines(operation, style).map((line) => `  ${line}`),
    ...warnings.map((warning) => `  ${style.yellow('warning')}   ${warning}`),
    ...(problem === null ? [] : [`  ${style.red('problem')}   ${problem.detail}`]),
  ]
  return `${lines.join('\n')}\n${diff === '' ? '' : colouredDiff(diff, style)}`
}
