import type { ServerCheck } from './check-server.ts'

/** How one server does in a run of checks. */
export interface Streak {
  readonly server: string
  readonly checks: number
  readonly successesInRow: number
  readonly failuresInRow: number
  readonly last: ServerCheck | null
}

export function newStreak(server: string): Streak {
  return { server, checks: 0, successesInRow: 0, failuresInRow: 0, last: null }
}

export function counted(streak: Streak, check: ServerCheck): Streak {
  return {
    server: streak.server,
    checks: streak.checks + 1,
    successesInRow: check.healthy ? streak.successesInRow + 1 : 0,
    failuresInRow: check.healthy ? 0 : streak.failuresInRow + 1,
    last: check,
  }
}

export type Verdict = 'healthy' | 'unhealthy' | 'undecided'

export function verdictOf(streak: Streak, limits: { readonly successes: number; readonly failures: number }): Verdict {
  if (streak.successesInRow >= limits.successes) return 'healthy'
  if (streak.failuresInRow >= limits.failures) return 'unhealthy'
  return 'undecided'
}
