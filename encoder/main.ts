#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'

// What follows is to be settled before the first module of ours is compiled, which is why that one is imported below.
// The encoder leaves memory to ffmpeg: it gives up some speed of JavaScript that it has no use for, and does not strip
// types anew at each start. The cache lies with the code that it is made from and is as trustworthy; where that place
// cannot be written, Node does without.
setFlagsFromString('--optimize-for-size')
setFlagsFromString('--semi-space-growth-factor=1')
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'greenroom'))

const { execute } = await import('./cli/execute.ts')
const { processTerminal } = await import('../shared/cli/terminal.ts')

// `greenroom-encoder jobs | head -3` closes our output: there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})
process.exitCode = await execute(process.argv.slice(2), processTerminal())
