import type { HealthConfig, ServiceConfig } from '../config.ts'
import type { OperationKind } from '../switching/operation.ts'
import type { Colour, Pools } from '../switching/route.ts'
import { commandGate } from './command.ts'
import type { Gate } from './gate.ts'
import { healthGate } from './health.ts'
import { httpGate } from './http.ts'

/**
 * The gates of one operation. A switch passes all of them. A rollback must be as fast as a switch and is never refused:
 * one health check of each server, which only warns. Nothing else moves traffic onto a pool, so nothing else has gates.
 */
export function gatesFor(
  service: string,
  config: ServiceConfig,
  pools: Pools,
  move: { readonly from: Colour; readonly to: Colour; readonly kind: OperationKind },
): Gate[] {
  const { to, kind } = move
  const { health } = config
  if (kind === 'rollback') return health ? [healthGate(oneCheck(health), pools[to], { pool: to, advisory: true })] : []
  if (kind !== 'switch') return []
  const facts = { service, ...move }
  return [
    ...(health ? [healthGate(health, pools[to], { pool: to })] : []),
    ...config.gates.command.map((gate) => commandGate(gate, facts)),
    ...config.gates.http.map((gate) => httpGate(gate, facts)),
  ]
}

function oneCheck(health: HealthConfig): HealthConfig {
  // The deadline stands a little after the timeout, so that a check that times out still says what it waited for.
  return { ...health, successes: 1, failures: 1, deadline: health.timeout + 50 }
}
