import { execa } from 'execa'
import { outputTail } from '../../shared/output-tail.ts'
import { releaseOutput } from '../../shared/release-output.ts'
import { formatDuration } from '../../shared/units/duration.ts'

/** From SIGTERM to SIGKILL, in ms. */
const GRACE = 2000

export interface HookCall {
  readonly command: readonly string[]
  /** For its standard input. */
  readonly body: string
  readonly timeout: number
  readonly signal: AbortSignal
}

/**
 * Runs the program of `after_publish`; throws, with its last words, unless it ends with 0 in time. Its time ends for all
 * that it has started: a shell that is ended alone leaves the curl that hangs, and that holds the output open.
 */
export async function runHook({ command, body, timeout, signal }: HookCall): Promise<void> {
  const [program = '', ...args] = command
  const running = execa(program, args, { input: body, stdout: 'ignore', buffer: false, reject: false, killDescendants: true, forceKillAfterDelay: GRACE, timeout, cancelSignal: signal })
  const output = outputTail(running.stderr)
  // What it leaves in the background on purpose lives on.
  releaseOutput(running, [running.stderr])
  const { failed, timedOut, signal: by, exitCode, originalMessage, code } = await running
  signal.throwIfAborted()
  // Output that had to be cut off is no failure of a program that has ended well.
  if (!failed || (!timedOut && running.nodeChildProcess.exitCode === 0)) return
  const ended =
    timedOut ? `was ended after ${formatDuration(timeout)}`
    : by !== undefined ? `was ended by ${by}`
    : exitCode !== undefined ? `ended with exit code ${exitCode}`
    : `cannot be run: ${originalMessage ?? code ?? 'unknown reason'}`
  throw new Error(`${program} ${ended}${output.text()}`)
}
