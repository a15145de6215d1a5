import type { JobError } from '../job-errors.ts'
import { jobErrors } from '../job-errors.ts'

/** What becomes of a job that an error stopped. */
export type Consequence =
  /** It has failed: the source goes to `failed/`. */
  | { readonly kind: 'fail' }
  /** It is tried again by itself, after so many milliseconds. */
  | { readonly kind: 'again'; readonly after_ms: number }
  /** It waits until somebody asks for a retry, or the daemon starts anew (with another ffmpeg, perhaps). */
  | { readonly kind: 'park' }

export interface RetryLimits {
  /** Failures of the tool in a row, without a finished chunk between them. */
  readonly attempts: number
}

const FIRST_MS = 2_000
const TOOL_CEILING_MS = 5 * 60_000
/** The host is looked at again this often at least: nobody tells when space is freed or a program installed. */
const ENVIRONMENT_CEILING_MS = 60_000

/**
 * Each kind of fault has its rule. `failures` counts the error itself.
 *
 * Only the source and we ourselves can make a job fail. An ffmpeg that *crashes* again and again is parked, never
 * blamed on the source; one that *says* each time that it cannot go on is: the same answer to the same question.
 */
export function consequenceOf(error: JobError, failures: number, { attempts }: RetryLimits): Consequence {
  switch (error.fault) {
    case 'source':
    case 'ours':
      return { kind: 'fail' }
    case 'tool':
      if (failures < attempts) return { kind: 'again', after_ms: backOff(failures, TOOL_CEILING_MS) }
      return error.kind === jobErrors.toolFailed ? { kind: 'fail' } : { kind: 'park' }
    case 'environment':
    case 'destination':
    default:
      return { kind: 'again', after_ms: backOff(failures, ENVIRONMENT_CEILING_MS) }
  }
}

function backOff(failures: number, ceiling: number): number {
  return Math.min(ceiling, FIRST_MS * 2 ** Math.min(20, failures - 1))
}
