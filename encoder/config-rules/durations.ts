import type { Fault } from '../../shared/config/load.ts'
import { formatDuration } from '../../shared/units/duration.ts'
import type { EncoderConfig } from '../config.ts'

const SECOND = 1000
/** Timers of Node wrap around after 24.8 days and then fire at once. */
const LONGEST_WAIT = 86_400 * SECOND

/** Durations that are of the right form and mean nothing sensible. */
export function durationFaults({ ingest, store, jobs, after_publish: hook }: EncoderConfig): Fault[] {
  const faults: Fault[] = []
  const wait = (place: string, ms: number | undefined, least: number, why: string) => {
    if (ms === undefined) return
    if (ms < least) faults.push({ place, found: `"${formatDuration(ms)}"`, expected: `at least "${formatDuration(least)}": ${why}` })
    if (ms > LONGEST_WAIT) faults.push({ place, found: `"${formatDuration(ms)}"`, expected: 'at most "1d"' })
  }
  wait('ingest.settle', ingest.settle, 100, 'a file that is just being written looks finished at every moment')
  wait('ingest.rescan', ingest.rescan, 100, 'each look reads the whole folder')
  wait('store.timeout', store.timeout, SECOND, 'a store may take a moment')
  wait('jobs.probe_deadline', jobs.probe_deadline, SECOND, 'a source is read whole')
  wait('jobs.stall', jobs.stall, 5 * SECOND, 'a slow rung may take seconds for one picture')
  wait('after_publish.timeout', hook?.timeout, SECOND, 'a call takes a moment')
  return faults
}
