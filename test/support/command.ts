import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../agent/main.ts', import.meta.url))

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Runs it as this user; needs root. */
  readonly uid?: number
}

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningCommand {
  readonly child: ChildProcess
  readonly result: Promise<CommandResult>
  /** What it has written to standard error so far. */
  stderr(): string
}

/** Starts `greenroom-agent` with these words, in an environment without credentials of this one. */
export function startCommand(words: readonly string[], { env = {}, uid }: CommandOptions = {}): RunningCommand {
  const child = spawn(process.execPath, [MAIN, ...words], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const result = once(child, 'close').then(([code]: (number | null)[]) => ({ code: code ?? null, stdout, stderr }))
  return { child, result, stderr: () => stderr }
}

/** Runs `greenroom-agent` with these words to its end. */
export function runCommand(words: readonly string[], options?: CommandOptions): Promise<CommandResult> {
  return startCommand(words, options).result
}
