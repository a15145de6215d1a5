import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface HeldSockets {
  /** Pid of the program that was started last. */
  readonly pid: () => number
  /** Waits until it has been started so often. */
  readonly started: (times: number) => Promise<void>
  /** What the program has said on its error output. */
  readonly said: () => string
  [Symbol.asyncDispose](): Promise<void>
}

/** A program on sockets that outlive it, started again whenever it ends, as systemd does it. */
export function heldSockets(addresses: readonly string[], program: readonly string[], env: NodeJS.ProcessEnv = {}): HeldSockets {
  const holder = spawn('perl', [join(import.meta.dirname, 'socket-holder.pl'), ...addresses, '--', ...program], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  const pids: number[] = []
  let said = ''
  holder.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const lines = createInterface({ input: holder.stdout })
  // What else is said there is the log of the program.
  lines.on('line', (line) => (/^\d+$/.test(line) ? pids.push(Number(line)) : (said += `${line}\n`)))
  return {
    pid: () => pids.at(-1) ?? Number.NaN,
    said: () => said,
    async started(times) {
      while (pids.length < times) await once(lines, 'line')
    },
    async [Symbol.asyncDispose]() {
      const ended = once(holder, 'close')
      holder.kill('SIGKILL')
      const pid = pids.at(-1)
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
      await ended
    },
  }
}
