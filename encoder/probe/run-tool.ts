import { execa } from 'execa'
import { JobError, jobErrors } from '../job-errors.ts'

/** How long a probe may take, and who else may end it. */
export interface ProbeTime {
  /** Ends at the deadline or with the caller's signal. */
  readonly signal: AbortSignal
  /** The caller's. */
  readonly outer: AbortSignal
  readonly deadlineMs: number
}

export interface ToolResult {
  readonly exitCode: number
  readonly stdout: string
  /** The end of what it complained about. */
  readonly stderr: string
}

/** Kept of a program's complaints, in characters. */
const STDERR_KEPT = 64 * 1024
/** JSON of a probe is some hundred kB at most, with thousands of tags. */
const STDOUT_MOST = 32 * 1024 * 1024
/** From SIGTERM to SIGKILL, ms. */
const GRACE = 1000

/** Nothing of the daemon's environment reaches a program that reads strangers' files. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', AV_LOG_FORCE_NOCOLOR: '1' }

export function probeTime(deadlineMs: number, outer: AbortSignal): ProbeTime {
  return { signal: AbortSignal.any([outer, AbortSignal.timeout(deadlineMs)]), outer, deadlineMs }
}

/** Runs ffprobe or ffmpeg to its end in a process group of its own. With `onText` the output is handed over as it comes, and none is kept. */
export async function runTool(program: string, args: readonly string[], time: ProbeTime, onText?: (text: string) => void): Promise<ToolResult> {
  throwIfOver(time)
  const running = execa(program, args, {
    cwd: '/',
    env: ENVIRONMENT,
    extendEnv: false,
    stdin: 'ignore',
    buffer: false,
    reject: false,
    killDescendants: true,
    forceKillAfterDelay: GRACE,
    cancelSignal: time.signal,
  })
  const output = { stdout: '', stderr: '' }
  let failure: unknown
  running.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr = (output.stderr + text).slice(-STDERR_KEPT)))
  running.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (failure !== undefined) return
    try {
      if (onText !== undefined) onText(text)
      else output.stdout += text
      if (output.stdout.length > STDOUT_MOST) throw new JobError(jobErrors.tooLarge, `its description alone has more than ${STDOUT_MOST} bytes`, 'Check what made the file: no media has that many streams and tags.')
    } catch (error) {
      failure = error
      running.kill()
    }
  })
  const result = await running
  if (failure !== undefined) throw failure
  throwIfOver(time)
  if (result.signal !== undefined || (result.exitCode ?? 0) >= 128) throw crashed(program, result.signal ?? `exit code ${result.exitCode}`, output.stderr)
  if (result.exitCode === undefined) throw missing(program, result.code ?? 'unknown reason', result)
  return { exitCode: result.exitCode, ...output }
}

function throwIfOver({ signal, outer, deadlineMs }: ProbeTime): void {
  outer.throwIfAborted()
  if (!signal.aborted) return
  throw new JobError(jobErrors.probeDeadline, `it could not be examined within ${Math.round(deadlineMs / 1000)} s`, 'Check whether it plays elsewhere; for very long sources raise jobs.probe_deadline.')
}

function crashed(program: string, how: string, stderr: string): JobError {
  return new JobError(jobErrors.toolCrashed, `${program} was ended by ${how} while it examined the source`, 'It is tried again; where it happens each time, update ffmpeg.', { stderr: lastLines(stderr) })
}

function missing(program: string, code: string, cause: unknown): JobError {
  return new JobError(jobErrors.toolMissing, `${program} cannot be run (${code})`, 'Install ffmpeg, or set tools.ffmpeg and tools.ffprobe.', {}, cause)
}

/** The last lines of a program's complaints, without the addresses in memory that differ each time. */
export function lastLines(stderr: string, count = 5): string {
  return stderr.replaceAll(/ @ 0x[0-9a-f]+/g, '').trim().split('\n').slice(-count).join('\n')
}
