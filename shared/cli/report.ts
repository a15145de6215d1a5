import { Problem, messageOf, type ProblemDocument } from '../errors/problem.ts'
import { ApiProblem, ExplainedProblem } from './api-problem.ts'
import { ProblemReport } from './problem-report.ts'
import type { Program } from './program.ts'
import { wrap } from './table.ts'
import type { Output, Style } from './terminal.ts'

/** An error as a command tells it. */
export interface Report {
  readonly exit: number
  /** What goes to standard output with `--json`: the daemon’s answer as it came, or a document like it. */
  readonly json: string
  readonly detail: string
  readonly notes: readonly string[]
  readonly next: readonly string[]
}

/** The exit code for a problem of a daemon, which may be newer and know kinds that this command does not. */
function exitOf({ catalogue }: Program, { code, status }: ProblemDocument): number {
  const known = catalogue.find((kind) => kind.code === code)
  if (known !== undefined) return known.exit
  if ([409, 412, 422].includes(status)) return 3
  return status >= 400 && status < 500 ? 2 : 1
}

/** Puts anything that a command threw into the words and the exit code it ends with. */
export function reportOf(program: Program, error: unknown, style: Style): Report {
  if (error instanceof ExplainedProblem) return { ...reportOf(program, error.problem, style), notes: error.notes, next: error.next }
  if (error instanceof ApiProblem) return { exit: exitOf(program, error.document), json: error.text, detail: error.message, notes: [], next: [] }
  if (error instanceof ProblemReport) {
    const { problem } = error
    return { exit: problem === null ? 1 : exitOf(program, problem), json: JSON.stringify(problem), detail: error.message, notes: error.notes(style), next: [] }
  }
  if (error instanceof Problem) return { exit: error.kind.exit, json: JSON.stringify(error.toDocument()), detail: error.message, notes: [], next: [] }
  const mistake = new Problem(program.errors.internal, `This command made a mistake: ${messageOf(error)}`)
  const trace = error instanceof Error && error.stack !== undefined ? error.stack.split('\n').slice(1, 6).map((line) => line.trim()) : []
  return { exit: 1, json: JSON.stringify(mistake.toDocument()), detail: mistake.message, notes: trace, next: ['please report it, with the lines above'] }
}

/** The text on standard error; wrapped for a terminal, one line per sentence of the daemon for a log. */
export function reportText({ exit, detail, notes, next }: Report, output: Output): string {
  const { style, isTTY, columns } = output
  const word = exit === 3 ? style.yellow('refused:') : style.red('error:')
  const fold = (text: string, margin: string) =>
    text.split('\n').flatMap((line) => (isTTY ? wrap(line, Math.max(columns - margin.length, 20)) : [line])).map((line) => margin + line).join('\n')
  const text = isTTY ? fold(`${word} ${detail}`, '') : `${word} ${detail}`
  const lines = [text, ...notes.map((note) => fold(note, '  ')), ...next.map((step) => `${style.bold('next:')} ${step}`)]
  return `${lines.join('\n')}\n`
}
