import type { HealthConfig } from '../config.ts'
import type { HealthState, ServerHealth } from '../switching/service-view.ts'
import type { ServerCheck } from './check-server.ts'
import { verdictOf, type Streak } from './streak.ts'

export function notYet(server: string): ServerHealth {
  return { server, state: 'unknown', detail: null, checked_at: null, latency_ms: null }
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
