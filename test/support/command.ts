import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { execute } from '../../agent/cli/execute.ts'
import { plain, type Output } from '../../shared/cli/terminal.ts'

const MAIN = fileURLToPath(new URL('../../agent/main.ts', import.meta.url))

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Runs it as this user; needs root. */
  readonly uid?: number
  /** Runs these words on a pseudo-terminal (util-linux' `script`), which joins both streams to standard output. */
  readonly terminal?: readonly string[]
}

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningCommand {
  readonly child: ChildProcess
  readonly result: Promise<CommandResult>
  /** What it has written so far. */
  stdout(): string
}

/** Starts `greenroom-agent` with these words, in an environment without credentials of this one. */
export function startCommand(words: readonly string[], { env = {}, uid, terminal }: CommandOptions = {}): RunningCommand {
  const onTerminal = terminal?.map((word) => `'${word}'`).join(' ') ?? ''
  const [program, args] =
    terminal === undefined ? [process.execPath, [MAIN, ...words]] : ['script', ['-qefc', `'${process.execPath}' '${MAIN}' ${onTerminal}`, '/dev/null']]
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const result = once(child, 'close').then(([code]: (number | null)[]) => ({ code: code ?? null, stdout, stderr }))
  return { child, result, stdout: () => stdout }
}

/** Runs `greenroom-agent` with these words to its end. */
export function runCommand(words: readonly string[], options?: CommandOptions): Promise<CommandResult> {
  return startCommand(words, options).result
}

/** The same in this process, without the time a process takes to start: for what needs no process of its own. */
export async function runHere(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
  const texts = { stdout: '', stderr: '' }
  const output = (name: keyof typeof texts): Output => ({ write: (text) => void (texts[name] += text), isTTY: false, columns: 80, style: plain })
  const code = await execute(words, { out: output('stdout'), err: output('stderr'), env, onInterrupt: () => () => {} })
  return { code, ...texts }
}
