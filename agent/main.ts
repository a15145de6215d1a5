#!/usr/bin/env node
import { execute } from './cli/execute.ts'
import { processTerminal } from './cli/terminal.ts'

// `greenroom-agent operations | head -3` closes our output: there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})
process.exitCode = await execute(process.argv.slice(2), processTerminal())
