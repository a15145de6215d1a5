import type { ServiceConfig } from '../config.ts'
import type { ServiceState } from '../journal/entries.ts'
import type { Colour } from './route.ts'
import type { HealthState, PoolView, ServerHealth, ServiceView } from './service-view.ts'

export interface Shown {
  readonly name: string
  readonly config: ServiceConfig
  readonly state: ServiceState
  readonly generation: number | null
  readonly health: (colour: Colour) => readonly ServerHealth[]
  readonly operation: string | null
}

/** Pure: a service as the API shows it. */
export function serviceView({ name, config, state, generation, health, operation }: Shown): ServiceView {
  const { route, pools, revision } = state
  const pool = (colour: Colour): PoolView => {
    const servers = health(colour)
    return { servers: pools[colour], health: { state: poolHealth(servers), servers } }
  }
  return {
    name,
    strategy: config.strategy,
    revision,
    live: route.live,
    previous: route.previous,
    maintenance: route.maintenance !== 'off',
    pinned_through: route.maintenance === 'pinned_through',
    weights: route.weights,
    pools: { blue: pool('blue'), green: pool('green') },
    generation,
    operation,
  }
}

/** A pool is as healthy as its least healthy server. */
function poolHealth(servers: readonly ServerHealth[]): HealthState {
  if (servers.some(({ state }) => state === 'unhealthy')) return 'unhealthy'
  if (servers.length === 0 || servers.some(({ state }) => state === 'unknown')) return 'unknown'
  return 'healthy'
}
