import { Type, type StaticDecode } from '../../shared/config/types.ts'
import type { ChangeRecord } from '../nginx/traffic.ts'
import type { Operation } from '../switching/operation.ts'
import type { Pools, Route } from '../switching/route.ts'

/** What the agent knows of one service; changed only by an operation whose outcome is journaled. */
export interface ServiceState {
  readonly route: Route
  readonly pools: Pools
  /** The pools as agent.toml had them when they were last taken over; a difference means that the file was edited since. */
  readonly configured_pools: Pools
  /** Counts the changes of this service, from 1. */
  readonly revision: number
}

export type ServiceStates = Readonly<Record<string, ServiceState>>

/** The request that an Idempotency-Key stood for. */
export interface Idempotency {
  readonly key: string
  readonly fingerprint: string
}

/** An agent took over the state directory, and what it made of what it found. */
export interface OpenedEntry {
  readonly type: 'opened'
  readonly pid: number
  readonly warnings: readonly string[]
  /** The whole state from here on: what a lost or older state.json is rebuilt from. */
  readonly services: ServiceStates
}

/** Written before anything changes. */
export interface IntentEntry {
  readonly type: 'intent'
  readonly operation: Operation
  readonly record: ChangeRecord
  readonly before: ServiceStates
  readonly after: ServiceStates
  readonly idempotency: Idempotency | null
}

/** The end of an operation; `services` is the state from here on, null where nothing changed. */
export interface OutcomeEntry {
  readonly type: 'outcome'
  readonly operation: Operation
  readonly services: ServiceStates | null
  readonly idempotency: Idempotency | null
}

/** A call that never became an operation: refused for its credential, its shape, or another operation. */
export interface AttemptEntry {
  readonly type: 'attempt'
  readonly actor: string
  readonly source: string
  readonly method: string
  /** Path without query. */
  readonly path: string
  readonly status: number
  readonly code: string
}

export type JournalEntry = OpenedEntry | IntentEntry | OutcomeEntry | AttemptEntry

const RouteSchema = Type.Object({
  live: Type.Enum(['blue', 'green']),
  previous: Type.Union([Type.Enum(['blue', 'green']), Type.Null()]),
  weights: Type.Object({ blue: Type.Integer(), green: Type.Integer() }),
  maintenance: Type.Enum(['off', 'on', 'pinned_through']),
})
const PoolsSchema = Type.Object({ blue: Type.Array(Type.String()), green: Type.Array(Type.String()) })

/** The shape of state.json, checked on reading since people open such files with editors. */
export const StateSchema = Type.Object({
  format: Type.Literal(1),
  journal: Type.Object({ seq: Type.Integer(), hash: Type.String() }),
  services: Type.Record(
    Type.String(),
    Type.Object({ route: RouteSchema, pools: PoolsSchema, configured_pools: PoolsSchema, revision: Type.Integer() }),
  ),
})
export type State = StaticDecode<typeof StateSchema>
