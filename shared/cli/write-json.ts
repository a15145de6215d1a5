import type { Cli } from './cli.ts'

/** Writes an answer of the API as it came. */
export function writeJson(cli: Cli, text: string): void {
  cli.terminal.out.write(text.endsWith('\n') ? text : `${text}\n`)
}
