import { execa } from 'execa'
import { groupMemory, ranOut } from '../encode/group-memory.ts'
import { toolFailure } from '../encode/tool-failure.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import type { Tools } from '../tools.ts'

export type ProbeTools = Pick<Tools, 'ffmpeg' | 'ffprobe' | 'launcher'> & Partial<Pick<Tools, 'fence'>>

/** How long a probe may take, who else may end it, and what it is let at. */
export interface ProbeTime {
  /** Ends at the deadline or with the caller's signal. */
  readonly signal: AbortSignal
  /** The caller's. */
  readonly outer: AbortSignal
  readonly deadlineMs: number
  /** Words in front of the program: the fence around it. */
  readonly fence: readonly string[]
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

export function probeTime(deadlineMs: number, outer: AbortSignal, fence: readonly string[] = []): ProbeTime {
  return { signal: AbortSignal.any([outer, AbortSignal.timeout(deadlineMs)]), outer, deadlineMs, fence }
}

/**
 * Runs ffprobe to its end, in a process group of its own that is ended as a whole. With `onText` the output is handed over
 * as it comes, and none is kept. A crash or a missing program throws; any other exit code is the caller's to read.
 */
export async function runFfprobe(tools: ProbeTools, args: readonly string[], time: ProbeTime, onText?: (text: string) => void): Promise<ToolResult> {
  throwIfOver(time)
  const [program = tools.ffprobe, ...words] = [...tools.launcher, ...time.fence, tools.ffprobe, '-hide_banner', '-v', 'error', ...MAX_ALLOC, ...args]
  const memoryBefore = groupMemory()
  const running = execa(program, words, {
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
  const read = onText ?? ((text: string) => void (output.stdout += text))
  let failure: unknown
  running.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr = (output.stderr + text).slice(-STDERR_KEPT)))
  running.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (failure !== undefined) return
    try {
      read(text)
      if (output.stdout.length > STDOUT_MOST) throw tooMuch()
    } catch (error) {
      failure = error
      running.kill()
    }
  })
  const result = await running
  if (failure !== undefined) throw failure
  throwIfOver(time)
  if (result.failed) {
    const error = toolFailure(tools.ffprobe, 'examining the source', result, output.stderr, ranOut(memoryBefore, groupMemory()))
    if (error.kind !== jobErrors.toolFailed) throw error
  }
  return { exitCode: result.exitCode ?? 0, ...output }
}

/** One allocation of a demuxer or decoder: a picture of 8K in 16 bits 4:4:4 has 200 MB. */
const MAX_ALLOC = ['-max_alloc', String(512 * 1024 * 1024)]

export function throwIfOver({ signal, outer, deadlineMs }: ProbeTime): void {
  outer.throwIfAborted()
  if (!signal.aborted) return
  throw new JobError(jobErrors.probeDeadline, `it could not be examined within ${Math.round(deadlineMs / 1000)} s`, 'Check whether it plays elsewhere; for very long sources raise jobs.probe_deadline.')
}

function tooMuch(): JobError {
  return new JobError(jobErrors.tooLarge, `its description alone has more than ${STDOUT_MOST} characters`, 'Check what made the file: no media has that many streams and tags.')
}

/** The last lines of a program's complaints, without the addresses in memory that differ each time. */
export function lastLines(stderr: string, count = 5): string {
  return stderr.replaceAll(/ @ 0x[0-9a-f]+/g, '').trim().split('\n').slice(-count).join('\n')
}
