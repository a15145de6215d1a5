import { CommanderError, InvalidArgumentError, type Command } from 'commander'
import { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import { Finished } from './finished.ts'
import { Interrupted } from './interrupted.ts'
import { createProgram } from './program.ts'
import { reportOf, reportText } from './report.ts'
import type { Terminal } from './terminal.ts'

/** The deepest command that the words name, for the help to point at. */
function commandNamed(program: Command, words: readonly string[]): string {
  let command = program
  let name = program.name()
  for (const word of words) {
    const sub = command.commands.find((candidate) => candidate.name() === word)
    if (sub === undefined) continue
    command = sub
    name += ` ${word}`
  }
  return name
}

function usageProblem(program: Command, words: readonly string[], error: CommanderError): Problem {
  const text = error.message
    .replace(/^error: /, '')
    .replace(/^command-argument value '(.*)' is invalid for argument '(.*?)'\./, "'$1' cannot be the $2.")
    .replaceAll('\n', ' ')
    .trim()
  const sentence = /[.?!)]$/.test(text) ? text : `${text}.`
  return new Problem(errors.usage, `${sentence} See \`${commandNamed(program, words)} --help\`.`, {}, error)
}

/** Every command of the tree throws instead of ending the process, and writes where it is told. */
function tame(command: Command, terminal: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: terminal.out.write,
    writeErr: terminal.err.write,
    // What commander would say of an error is said by the report.
    outputError: () => {},
    getOutHelpWidth: () => Math.min(terminal.out.columns, 100),
    getErrHelpWidth: () => Math.min(terminal.err.columns, 100),
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  })
  for (const sub of command.commands) tame(sub, terminal)
}

/** Runs one command line (without program name) and answers its exit code. */
export async function execute(words: readonly string[], terminal: Terminal, now: () => Date = () => new Date()): Promise<number> {
  const program = createProgram({ terminal, now })
  tame(program, terminal)
  const json = words.includes('--json')
  try {
    await program.parseAsync(words, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof Finished) return error.exit
    if (error instanceof Interrupted) {
      terminal.err.write(`${error.message}\n`)
      return 130
    }
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    // A command that only has subcommands, named without one: its help has been shown instead.
    if (error instanceof CommanderError && error.code === 'commander.help') return 2
    const usage = error instanceof CommanderError || error instanceof InvalidArgumentError
    const report = reportOf(usage ? usageProblem(program, words, error) : error, terminal.err.style)
    if (json) terminal.out.write(report.json.endsWith('\n') ? report.json : `${report.json}\n`)
    terminal.err.write(reportText(report, terminal.err))
    return report.exit
  }
}
