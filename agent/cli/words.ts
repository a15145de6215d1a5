import { ago, timeOf } from '../../shared/cli/words.ts'
import type { Operation } from '../switching/operation.ts'

/** What an operation does, without its service: `switch to green`. */
export function deedOf({ asked, dry_run }: Operation): string {
  return (dry_run ? 'dry run: ' : '') + asked
}

/** One line on an operation that others wait for: what, by whom, since when, where it is. */
export function runningLine(operation: Operation, now: Date): string {
  const { service, actor, source, reason, started_at, step } = operation
  const why = reason === null ? '' : `, "${reason}"`
  const where = step === null ? 'ending' : `at step ${step}`
  return `${service}: ${deedOf(operation)}, by ${actor} from ${source}${why}, since ${timeOf(started_at)} (${ago(started_at, now)}), ${where}`
}

/** When an operation ended, as seen from now. */
export function outcomeTime({ finished_at, started_at }: Operation, now: Date): string {
  return ago(finished_at ?? started_at, now)
}
