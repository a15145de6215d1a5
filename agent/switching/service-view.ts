import type { Colour } from './route.ts'

export type HealthState = 'healthy' | 'unhealthy' | 'unknown'

/** What the last check of one server found. `unknown`: not checked yet, or not checked at all. */
export interface ServerHealth {
  readonly server: string
  readonly state: HealthState
  /** What was found, in words; null when nothing was checked. */
  readonly detail: string | null
  readonly checked_at: string | null
  readonly latency_ms: number | null
}

export interface PoolView {
  readonly servers: readonly string[]
  readonly health: { readonly state: HealthState; readonly servers: readonly ServerHealth[] }
}

/** A service as the API shows it. */
export interface ServiceView {
  readonly name: string
  readonly strategy: 'instant' | 'reload'
  /** Grows with every change of this service; the value of its ETag. */
  readonly revision: number
  readonly live: Colour
  /** The colour that a rollback goes to; null before the first switch. */
  readonly previous: Colour | null
  readonly maintenance: boolean
  /** During maintenance: whether clients that carry a pin cookie are let through. */
  readonly pinned_through: boolean
  /** Per cent of the unpinned clients per colour. */
  readonly weights: Readonly<Record<Colour, number>>
  readonly pools: Readonly<Record<Colour, PoolView>>
  /** Number of the marker directory that Nginx serves from; null for strategy `reload`. */
  readonly generation: number | null
  /** Id of the running operation. */
  readonly operation: string | null
}
