import { Problem, messageOf, type ProblemDocument, type ProblemKind } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import { ApiProblem, ExplainedProblem } from './api-problem.ts'
import { besidesProblem } from './render-operation.ts'
import { OperationFailed } from './operation-failed.ts'
import { wrap } from './table.ts'
import type { Output, Style } from './terminal.ts'

/** An error as a command tells it. */
export interface Report {
  readonly exit: number
  /** What goes to standard output with `--json`: the agent’s answer as it came, or a document like it. */
  readonly json: string
  readonly detail: string
  readonly notes: readonly string[]
  readonly next: readonly string[]
}

/** The exit code for a problem of an agent, which may be newer and know kinds that this command does not. */
function exitOf({ code, status }: ProblemDocument): number {
  const kinds: readonly ProblemKind[] = Object.values(errors)
  const known = kinds.find((kind) => kind.code === code)
  if (known !== undefined) return known.exit
  if ([409, 412, 422].includes(status)) return 3
  return status >= 400 && status < 500 ? 2 : 1
}

/** Puts anything that a command threw into the words and the exit code it ends with. */
export function reportOf(error: unknown, style: Style): Report {
  if (error instanceof ExplainedProblem) return { ...reportOf(error.problem, style), notes: error.notes, next: error.next }
  if (error instanceof ApiProblem) return { exit: exitOf(error.document), json: error.text, detail: error.message, notes: [], next: [] }
  if (error instanceof OperationFailed) {
    const { operation } = error
    const { problem } = operation
    return { exit: problem === null ? 1 : exitOf(problem), json: JSON.stringify(problem), detail: error.message, notes: besidesProblem(operation, style), next: [] }
  }
  if (error instanceof Problem) return { exit: error.kind.exit, json: JSON.stringify(error.toDocument()), detail: error.message, notes: [], next: [] }
  const mistake = new Problem(errors.internal, `This command made a mistake: ${messageOf(error)}`)
  const trace = error instanceof Error && error.stack !== undefined ? error.stack.split('\n').slice(1, 6).map((line) => line.trim()) : []
  return { exit: 1, json: JSON.stringify(mistake.toDocument()), detail: mistake.message, notes: trace, next: ['please report it, with the lines above'] }
}

/** The text on standard error; wrapped for a terminal, one line per sentence of the agent for a log. */
export function reportText({ exit, detail, notes, next }: Report, output: Output): string {
  const { style, isTTY, columns } = output
  const word = exit === 3 ? style.yellow('refused:') : style.red('error:')
  const fold = (text: string, margin: string) =>
    text.split('\n').flatMap((line) => (isTTY ? wrap(line, Math.max(columns - margin.length, 20)) : [line])).map((line) => margin + line).join('\n')
  const text = isTTY ? fold(`${word} ${detail}`, '') : `${word} ${detail}`
  const lines = [text, ...notes.map((note) => fold(note, '  ')), ...next.map((step) => `${style.bold('next:')} ${step}`)]
  return `${lines.join('\n')}\n`
}
