import type { ServiceConfig } from '../config.ts'
import type { ServiceState } from '../journal/entries.ts'
import type { Colour } from './route.ts'
import type { PoolView, ServiceView } from './service-view.ts'

export interface Shown {
  readonly name: string
  readonly config: ServiceConfig
  readonly state: ServiceState
  readonly generation: number | null
  readonly health: (colour: Colour) => PoolView['health']
  readonly operation: string | null
}

/** Pure: a service as the API shows it. */
export function serviceView({ name, config, state, generation, health, operation }: Shown): ServiceView {
  const { route, pools, revision } = state
  const pool = (colour: Colour): PoolView => ({ servers: pools[colour], health: health(colour) })
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
