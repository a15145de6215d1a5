import { setTimeout as delay } from 'node:timers/promises'
import { formatDuration } from '../../shared/units/duration.ts'
import type { HealthConfig } from '../config.ts'
import type { Colour } from '../switching/route.ts'
import { checkServer } from './check-server.ts'
import type { Gate } from './gate.ts'
import { healthReport } from './health-report.ts'
import { limit } from './limit.ts'
import { counted, newStreak, verdictOf, type Streak } from './streak.ts'

export interface HealthGateOptions {
  /** Named in the hint for a server that refuses connections. */
  readonly pool?: Colour
  /** The result only warns. */
  readonly advisory?: boolean
  /** Requests in flight at a time. */
  readonly concurrency?: number
  readonly check?: typeof checkServer
}

/**
 * Passes when each server was healthy `successes` times in a row; refuses as soon as one failed `failures` times
 * in a row, and at the deadline.
 */
export function healthGate(config: HealthConfig, servers: readonly string[], options: HealthGateOptions = {}): Gate {
  const { pool, advisory = false, concurrency = 8, check = checkServer } = options
  return {
    name: 'health',
    describe: () =>
      `${config.method} ${config.scheme}://{${servers.join(', ')}}${config.path}: status ${config.status.join(' or ')}, ` +
      `${config.successes} times in a row from each server, within ${formatDuration(config.deadline)}${advisory ? ' (only warns)' : ''}`,
    async check(signal) {
      const over = new AbortController()
      const deadline = setTimeout(() => over.abort(), config.deadline)
      const either = AbortSignal.any([signal, over.signal])
      const inTurn = limit(concurrency)
      const streaks: Streak[] = servers.map(newStreak)

      const observe = async (server: string, index: number) => {
        let streak = newStreak(server)
        while (verdictOf(streak, config) === 'undecided') {
          if (streak.checks > 0) await delay(config.interval, undefined, { signal: either })
          streak = counted(streak, await inTurn(() => check(config, server, either)))
          streaks[index] = streak
        }
        if (verdictOf(streak, config) === 'unhealthy') over.abort()
      }

      try {
        await Promise.all(servers.map((server, index) => observe(server, index).catch((error: unknown) => {
          // The end of the gate ends every check still under way: no fault of theirs.
          if (!either.aborted) throw error
        })))
      } finally {
        clearTimeout(deadline)
      }
      signal.throwIfAborted()
      const passed = servers.length > 0 && streaks.every((streak) => verdictOf(streak, config) === 'healthy')
      const detail = servers.length > 0 ? healthReport(streaks, config, pool) : 'the pool has no servers'
      return { name: 'health', passed, detail, ...(advisory ? { advisory } : {}) }
    },
  }
}
