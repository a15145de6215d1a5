import { execute as executeCommands } from '../../shared/cli/execute.ts'
import type { Terminal } from '../../shared/cli/terminal.ts'
import { AGENT_PROGRAM } from './agent-program.ts'
import { createProgram } from './program.ts'

/** Runs one command line of `greenroom-agent` (without program name) and answers its exit code. */
export function execute(words: readonly string[], terminal: Terminal, now: () => Date = () => new Date()): Promise<number> {
  return executeCommands(AGENT_PROGRAM, createProgram, words, terminal, now)
}
