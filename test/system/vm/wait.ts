import { until } from '../../support/until.ts'

/** For what is a matter of seconds on a machine that does nothing else. */
const PATIENCE_MS = 600_000
/** Each look into a machine starts processes, which take from what is looked at. */
const PAUSE_MS = 250

/** Waits until something holds in a machine. */
export function wait<T>(what: string, condition: () => T | Promise<T>): Promise<NonNullable<Awaited<T>>> {
  return until(what, condition, PATIENCE_MS, PAUSE_MS)
}
