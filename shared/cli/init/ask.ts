import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Interrupted } from '../interrupted.ts'
import type { Ask } from './question.ts'

export interface Asking extends Disposable {
  readonly ask: Ask
}

/** Asks on the terminal of this process; null where standard input is none. Prompts go to standard error: standard output is for the token. */
export function askOnTerminal(): Asking | null {
  if (!process.stdin.isTTY) return null
  let muted = false
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (!muted) process.stderr.write(chunk)
      done()
    },
  })
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  return {
    async ask(prompt, secret) {
      const typed = lines.question(prompt)
      muted = secret
      try {
        return await typed
      } catch (error) {
        // Ctrl-C or Ctrl-D: the cursor stands behind the question.
        if (!muted) process.stderr.write('\n')
        throw error instanceof Error && error.name === 'AbortError' ? new Interrupted('Nothing was written.') : error
      } finally {
        if (muted) process.stderr.write('\n')
        muted = false
      }
    },
    [Symbol.dispose]: () => lines.close(),
  }
}
