import { formatSize } from '../../shared/units/size.ts'
import { JobError, jobErrors, type JobErrorFacts } from '../job-errors.ts'
import { lastErrors } from './ffmpeg-log.ts'
import type { OutOfMemory } from './group-memory.ts'

/** How a program ended, as execa tells it. */
export interface Ending {
  /** Code of the system when it could not be started (`ENOENT`). */
  readonly code?: string | undefined
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
}

const FULL = /No space left on device|Disk quota exceeded/
const CLOSED = /Read-only file system/
/** As setpriv and the fence tell it. */
const NOT_STARTED = /^(?:setpriv: failed to execute|fence:) .*: (.*)$/m
/** Abort, bus error, illegal instruction, kill, segmentation fault, as a shell in between would report them. */
const CRASHES = new Set([132, 134, 135, 136, 137, 139])
const KILLED = 137

/**
 * What the end of a program that failed means: whose fault it is decides what happens next. `memory`: whose had run out
 * when the kernel ended something of ours meanwhile.
 */
export function toolFailure(program: string, label: string, ending: Ending, tail: string, memory: OutOfMemory | null): JobError {
  const facts = { program, exit_code: ending.exitCode ?? null, signal: ending.signal ?? null, stderr_tail: tail }
  const said = lastErrors(tail)
  const saying = said === '' ? '' : `: ${said}`
  const unstarted = NOT_STARTED.exec(tail)?.[1] ?? ending.code
  if (unstarted !== undefined) {
    return new JobError(jobErrors.toolMissing, `${program} cannot be run (${unstarted}); it was for ${label}`, 'Install it, or put its path under [tools].', facts)
  }
  if (memory !== null && (ending.signal === 'SIGKILL' || ending.exitCode === KILLED)) return outOfMemory(program, label, memory, facts)
  if (ending.signal !== undefined || CRASHES.has(ending.exitCode ?? 0)) {
    const how = ending.signal ?? `exit code ${ending.exitCode}`
    return new JobError(jobErrors.toolCrashed, `${program} was ended by ${how} while ${label}${saying}`, 'It is tried again. If it happens each time, try another version; after SIGKILL look whether this host was short of memory.', facts)
  }
  if (FULL.test(tail)) return new JobError(jobErrors.noSpace, `The disk was full while ${label}${saying}`, 'Free space in the work area; it goes on by itself.', facts)
  if (CLOSED.test(tail)) return new JobError(jobErrors.storageFailed, `The work area cannot be written while ${label}${saying}`, 'Make the file system writable; it goes on by itself.', facts)
  return new JobError(jobErrors.toolFailed, `${program} ended with exit code ${ending.exitCode} while ${label}${saying}`, 'It is tried again.', facts)
}

function outOfMemory(program: string, label: string, { limit, unit }: OutOfMemory, facts: JobErrorFacts): JobError {
  const whose = limit === null ? 'this host had none left' : `the limit of ${formatSize(limit)}${unit === null ? '' : ` of ${unit} (MemoryMax)`} was reached`
  const more = limit === null || unit === null ? 'Give it more memory' : `Give it more (systemctl set-property ${unit} MemoryMax=…)`
  const advice = `It is tried again. ${more}, or let it do less at once: jobs.concurrency, jobs.threads, fewer or smaller rungs in the profile.`
  return new JobError(jobErrors.outOfMemory, `${program} was ended by the kernel while ${label}: out of memory, ${whose}`, advice, { ...facts, memory_limit_bytes: limit })
}

export function toolStalled(program: string, label: string, stallMs: number, tail: string): JobError {
  return new JobError(jobErrors.toolStalled, `${program} showed no sign of life for ${stallMs / 1000} s while ${label} and was ended`, 'It is tried again.', { program, stderr_tail: tail })
}
