import type { Operation } from '../switching/operation.ts'
import type { Row } from '../../shared/cli/table.ts'
import { table } from '../../shared/cli/table.ts'
import type { Style } from '../../shared/cli/terminal.ts'
import { ago, clipped, lengthOf, timeOf } from '../../shared/cli/words.ts'
import { deedOf } from './words.ts'

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

/** The warnings of an operation, without those that only repeat a gate. */
export function warningsOf({ warnings, gates }: Operation): string[] {
  const told = new Set(gates.map(({ name, detail }) => `${name}: ${detail}`))
  return warnings.filter((warning) => !told.has(warning))
}

/** What an operation tells besides the detail of its problem: the other gates, its warnings, its id. */
export function besidesProblem(operation: Operation, style: Style): string[] {
  const problem = operation.problem?.detail ?? ''
  const gates = operation.gates.filter(({ detail }) => !problem.includes(detail))
  return [...gateLines({ ...operation, gates }, style), ...warningsOf(operation).map((warning) => `warning: ${warning}`), `operation ${operation.id}`]
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

export function outcomeWord({ outcome, step, dry_run }: Operation, style: Style): string {
  switch (outcome) {
    case 'succeeded':
      return dry_run ? 'dry run' : style.green(outcome)
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

/** Newest first: what was done with what outcome, below it the id, by whom, how long it took and why. */
export function operationsTable(operations: readonly Operation[], columns: number, style: Style): string {
  if (operations.length === 0) return 'No operations.\n'
  const rows = operations.map((operation): Row => {
    const { id, service, actor, reason, problem, finished_at, timings_ms } = operation
    const facts = [`by ${actor}`, finished_at === null ? '' : lengthOf(timings_ms.total), reason === null ? '' : `"${reason}"`]
    return {
      cells: [timeOf(operation.started_at), service === '*' ? 'all' : service, clipped(operation.asked, 32), outcomeWord(operation, style)],
      notes: [`${id} ${facts.filter(Boolean).join(', ')}`, ...(problem === null ? [] : [problem.detail])],
    }
  })
  return table(['STARTED', 'SERVICE', 'WHAT', 'OUTCOME'].map(style.bold), rows, columns)
}

/** Everything that is known of one operation. */
export function operationText(operation: Operation, style: Style, now: Date): string {
  const { id, service, actor, source, reason, started_at, finished_at, timings_ms, problem, diff, force } = operation
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
    ...warningsOf(operation).map((warning) => `  ${style.yellow('warning')}   ${warning}`),
    ...(problem === null ? [] : [`  ${style.red('problem')}   ${problem.detail}`]),
  ]
  return `${lines.join('\n')}\n${diff === '' ? '' : colouredDiff(diff, style)}`
}
