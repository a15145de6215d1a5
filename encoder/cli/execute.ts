import { execute as executeCommands } from '../../shared/cli/execute.ts'
import type { Terminal } from '../../shared/cli/terminal.ts'
import { createCommands } from './commands.ts'
import { ENCODER_PROGRAM } from './encoder-program.ts'

/** Runs one command line of `greenroom-encoder` (without program name) and answers its exit code. */
export function execute(words: readonly string[], terminal: Terminal, now: () => Date = () => new Date()): Promise<number> {
  return executeCommands(ENCODER_PROGRAM, createCommands, words, terminal, now)
}
