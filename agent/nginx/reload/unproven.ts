import { Problem } from '../../../shared/errors/problem.ts'
import { errors } from '../../errors.ts'
import type { ErrorLine } from '../error-line.ts'
import type { LogFollower } from '../error-log.ts'
import type { Master } from '../process/master.ts'
import type { Worker } from '../process/workers.ts'
import { placeOf } from './place.ts'

/** Nginx itself says why. `files`: the texts in which the place of the error is looked up. */
export function failed(failure: ErrorLine, files: ReadonlyMap<string, string>): Problem {
  const place = placeOf(failure.message, files)
  const where = place === null ? '' : ` (${place.file}:${place.line})`
  return new Problem(errors.notApplied, `Nginx did not take the new configuration over: ${failure.text}${where}. Mend that and try again.`, {
    nginx_error: failure.text,
    ...(place !== null && { file: place.file, line: place.line }),
  })
}

export function masterGone(master: Master, errorLog: string): Problem {
  return new Problem(errors.notApplied, `Nginx's master process ${master.pid} ended during the reload. Start Nginx, and look in ${errorLog} for why.`, { pid: master.pid })
}

export function notInTime(timeout: number, missing: { nonce: boolean; workers: readonly Worker[] }, follower: LogFollower, errorLog: string): Problem {
  const pids = missing.workers.map((worker) => worker.pid)
  const what = missing.nonce ? 'the generated server did not answer with the new configuration' : `earlier workers still take connections (${pids.join(', ')})`
  const why = follower.unreadable === null ? `${errorLog} gives no reason` : `the error log, which would give the reason, cannot be read: ${follower.unreadable}; set nginx.error_log to the file Nginx writes to`
  return new Problem(errors.notApplied, `The reload was not proven within ${timeout / 1000} s: ${what}; ${why}.`, { timeout_ms: timeout, pids })
}
