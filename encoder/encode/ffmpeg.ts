import { stat } from 'node:fs/promises'
import { execa } from 'execa'
import { systemCodeOf } from '../../shared/errors/problem.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import type { Tools } from '../tools.ts'
import { fenceWords } from './fence/fence.ts'
import { type FfmpegLog, ffmpegLogReader } from './ffmpeg-log.ts'
import { type FfmpegProgress, progressReader } from './ffmpeg-progress.ts'
import { groupMemory, ranOut } from './group-memory.ts'
import { type Mark, markEnvironment } from './mark.ts'
import { watchForStall } from './stall-watch.ts'
import { toolFailure, toolStalled } from './tool-failure.ts'

export interface FfmpegRun {
  readonly tools: Pick<Tools, 'ffmpeg' | 'launcher'> & Partial<Pick<Tools, 'fence'>>
  /** Inputs, filters and outputs; what is said to every ffmpeg is put in front. */
  readonly args: readonly string[]
  readonly cwd?: string | undefined
  /** Ends it; the promise then rejects with the signal's reason, once the process has gone. */
  readonly signal: AbortSignal
  readonly stallMs: number
  readonly onProgress?: ((progress: FfmpegProgress) => void) | undefined
  /** Told each time more of the source could not be decoded, with the number so far. */
  readonly onDamage?: ((total: number) => void) | undefined
  /** What it does, so that `while …` can be said: `encoding the video of holiday.mov`. */
  readonly label: string
  readonly mark?: Mark | undefined
  /** Measuring filters tell their results at `info`. */
  readonly verbosity?: 'warning' | 'info' | undefined
  readonly memory?: typeof groupMemory | undefined
}

/** Nothing of the daemon's environment reaches a program that reads strangers' files. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', AV_LOG_FORCE_NOCOLOR: '1' }

/** The one place that runs an ffmpeg. Resolves with its log when it ends well; throws JobErrors, each with `facts.stderr_tail`. */
export async function runFfmpeg(run: FfmpegRun): Promise<FfmpegLog> {
  const { tools, signal, stallMs, label, verbosity = 'warning', memory = groupMemory } = run
  signal.throwIfAborted()
  const [program = tools.ffmpeg, ...args] = [...tools.launcher, ...fenceOf(run), tools.ffmpeg, ...globals(verbosity), ...run.args]
  const memoryBefore = memory()
  const child = execa(program, args, {
    ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
    env: { ...ENVIRONMENT, ...(run.mark === undefined ? {} : markEnvironment(run.mark)) },
    extendEnv: false,
    stdin: 'ignore',
    buffer: false,
    reject: false,
    // A process group of its own: the terminal's Ctrl-C is for us alone, and all that it may start can be ended at once.
    detached: true,
    cleanup: false,
  })
  const { pid } = child
  const log = ffmpegLogReader(run.onDamage)
  let furthest = ''
  const readProgress = progressReader((progress) => {
    furthest = `${progress.frame} ${progress.out_time_us}`
    run.onProgress?.(progress)
  })
  child.stdout.setEncoding('utf8').on('data', readProgress)
  child.stderr.setEncoding('utf8').on('data', (text: string) => log.read(text))

  // SIGKILL and nothing gentler: at SIGTERM ffmpeg closes the open segment under its final name, short.
  const end = () => pid !== undefined && killGroup(pid)
  let stalled = false
  const onStall = () => {
    stalled = true
    end()
  }
  using _watch = pid === undefined ? undefined : watchForStall(pid, stallMs, () => furthest, onStall)
  signal.addEventListener('abort', end, { once: true })
  try {
    const ending = await child
    log.end()
    signal.throwIfAborted()
    const { tail } = log.log()
    if (stalled) throw toolStalled(tools.ffmpeg, label, stallMs, tail)
    if (!ending.failed) return log.log()
    if (ending.code === 'ENOENT' && run.cwd !== undefined) await requireDirectory(run.cwd, label)
    throw toolFailure(tools.ffmpeg, label, ending, tail, ranOut(memoryBefore, memory()))
  } finally {
    signal.removeEventListener('abort', end)
  }
}

/** Nothing of a job’s source can reach what is not the job’s. */
function fenceOf({ tools, mark }: FfmpegRun): string[] {
  return (tools.fence ?? null) === null || mark?.directory === undefined ? [] : fenceWords({ write: [mark.directory] })
}

function globals(verbosity: string): string[] {
  return ['-nostdin', '-hide_banner', '-nostats', '-loglevel', `level+${verbosity}`, '-progress', 'pipe:1']
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch (error) {
    if (systemCodeOf(error) !== 'ESRCH') throw error
  }
}

/** A working directory that is missing fails with the same code as a missing program. */
async function requireDirectory(path: string, label: string): Promise<void> {
  try {
    await stat(path)
  } catch (error) {
    throw new JobError(jobErrors.storageFailed, `${path} is missing while ${label}`, 'Look whether the work area is mounted; it goes on by itself.', { path }, error)
  }
}
