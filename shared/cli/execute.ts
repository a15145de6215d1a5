import { CommanderError, InvalidArgumentError, type Command } from 'commander'
import { Problem } from '../errors/problem.ts'
import { apiErrors } from '../errors/api-errors.ts'
import { Finished } from './finished.ts'
import { Interrupted } from './interrupted.ts'
import type { Cli } from './cli.ts'
import type { Program } from './program.ts'
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
  return new Problem(apiErrors.usage, `${sentence} See \`${commandNamed(program, words)} --help\`.`, {}, error)
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

/** Makes the commands of a daemon, tied to what a command gets from the outside. */
export type CreateCommands = (cli: Cli) => Command

/** Runs one command line (without program name) and answers its exit code. */
export async function execute(program: Program, create: CreateCommands, words: readonly string[], terminal: Terminal, now: () => Date): Promise<number> {
  const commands = create({ program, terminal, now })
  tame(commands, terminal)
  const json = words.includes('--json')
  try {
    await commands.parseAsync(words, { from: 'user' })
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
    const report = reportOf(program, usage ? usageProblem(commands, words, error) : error, terminal.err.style)
    if (json) terminal.out.write(report.json.endsWith('\n') ? report.json : `${report.json}\n`)
    terminal.err.write(reportText(report, terminal.err))
    return report.exit
  }
}
