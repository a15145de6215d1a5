import type { HealthConfig } from '../config.ts'
import type { ServerCheck } from './check-server.ts'
import { verdictOf, type Streak } from './streak.ts'

export type HealthState = 'healthy' | 'unhealthy' | 'unknown'

/** As the API shows it. */
export interface ServerHealth {
  readonly server: string
  readonly state: HealthState
  /** What the last check found, in words. */
  readonly detail: string
  readonly checked_at: string | null
  readonly latency_ms: number | null
}

export interface PoolHealth {
  /** `unhealthy` when one server is, `healthy` when all are. */
  readonly state: HealthState
  readonly servers: readonly ServerHealth[]
}

export function notYet(server: string): ServerHealth {
  return { server, state: 'unknown', detail: 'not checked', checked_at: null, latency_ms: null }
}

export function stateAfter(before: HealthState, streak: Streak, check: ServerCheck, limits: HealthConfig): HealthState {
  if (before === 'unknown') return check.healthy ? 'healthy' : 'unhealthy'
  const verdict = verdictOf(streak, limits)
  return verdict === 'undecided' ? before : verdict
}

export function found(server: string, state: HealthState, check: ServerCheck, at: Date): ServerHealth {
  const latency = check.latency === null ? null : Math.round(check.latency * 10) / 10
  return { server, state, detail: check.detail, checked_at: at.toISOString(), latency_ms: latency }
}

export function poolState(servers: readonly ServerHealth[]): HealthState {
  if (servers.some(({ state }) => state === 'unhealthy')) return 'unhealthy'
  return servers.length > 0 && servers.every(({ state }) => state === 'healthy') ? 'healthy' : 'unknown'
}
