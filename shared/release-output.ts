import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'

/** From a program's end to the end of its output, in ms. */
const OUTPUT_GRACE = 100

/** What a program left in the background may not hold up the answer by keeping its output open: once the program has ended, that is closed. */
export function releaseOutput(running: Promise<unknown> & { readonly nodeChildProcess: ChildProcess }, streams: readonly Readable[]): void {
  running.nodeChildProcess.once('exit', () => {
    const timer = setTimeout(() => {
      for (const stream of streams) stream.destroy()
    }, OUTPUT_GRACE)
    void running.finally(() => clearTimeout(timer))
  })
}
