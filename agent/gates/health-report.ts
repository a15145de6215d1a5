import type { HealthConfig } from '../config.ts'
import { verdictOf, type Streak, type Verdict } from './streak.ts'

const MOST_NAMED = 10
const ORDER: readonly Verdict[] = ['unhealthy', 'undecided', 'healthy']

/** What the health gate found, per server, the worst first. `pool` is the name of the pool, such as `green`. */
export function healthReport(streaks: readonly Streak[], config: HealthConfig, pool?: string): string {
  const sorted = streaks.toSorted((a, b) => ORDER.indexOf(verdictOf(a, config)) - ORDER.indexOf(verdictOf(b, config)))
  const lines = sorted.slice(0, MOST_NAMED).map((streak) => `${streak.server}: ${finding(streak, config, pool)}`)
  const unnamed = sorted.length - lines.length
  return [...lines, ...(unnamed > 0 ? [`and ${unnamed} more`] : [])].join('; ')
}

function finding(streak: Streak, config: HealthConfig, pool: string | undefined): string {
  const { last } = streak
  if (last === null) return 'no check was finished when the gate ended'
  const hint = last.detail === 'connection refused' && pool !== undefined ? ` (is the ${pool} pool running?)` : ''
  const found = `${last.detail}${hint}`
  const verdict = verdictOf(streak, config)
  if (verdict === 'healthy') return `${found}${times(config.successes)}`
  if (verdict === 'unhealthy') return `${found}${times(config.failures)}`
  return `only ${streak.successesInRow} of ${config.successes} successes in a row when the gate ended; the last of ${streak.checks} checks: ${found}`
}

function times(count: number): string {
  return count === 1 ? '' : `, ${count} times in a row`
}
