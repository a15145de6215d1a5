import { InvalidArgumentError, type Command } from 'commander'
import { integer } from '../../shared/cli/arguments.ts'
import type { Format } from '../../shared/config/formats.ts'
import { reaching, type Cli } from '../../shared/cli/cli.ts'

/** `host:port`; the agent checks it fully, this catches a forgotten port before anything is asked. */
export function server(text: string, before: readonly string[] = []): string[] {
  const port = Number(/^(?:[^\s:/]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(text)?.[1])
  if (!(port >= 1 && port <= 65_535)) throw new InvalidArgumentError('Expected host:port, such as 127.0.0.1:3001 or [::1]:3001.')
  return [...before, text]
}

/** A text of a format that the configuration has, too: its fault is told before the text is put into one. */
export function formatted(format: Format): (text: string) => string {
  return (text) => {
    const fault = format.check(text)
    if (fault !== undefined) throw new InvalidArgumentError(`Expected ${fault}.`)
    return text
  }
}

/** Adds the options of every command that changes a service. */
export function changing(cli: Cli, command: Command): Command {
  return reaching(
    cli,
    command
      .option('--reason <text>', 'why, for the journal')
      .option('--dry-run', 'check the gates and show what would change; change nothing')
      .option('--force', 'override a refusing gate, an edited file, a live pool')
      .option('--if-revision <number>', 'only if the service is still at this revision', integer(1, Number.MAX_SAFE_INTEGER)),
  )
}
