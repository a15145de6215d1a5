import type { AttemptEntry } from '../journal/entries.ts'
import type { Operation } from './operation.ts'
import type { Colour, Route } from './route.ts'
import type { ServiceView } from './service-view.ts'

/** Who asks: `token:ci`, `certificate:deploy.example`, `socket`; and from where: an address, or `unix`. */
export interface Caller {
  readonly actor: string
  readonly source: string
}

/** What every change may carry besides what is to change. */
export interface ChangeRequest {
  readonly reason?: string
  /** Checks the gates and shows the difference; changes nothing. */
  readonly dry_run?: boolean
  /** Overrides a refusing gate, a hand-edited generated file, an unfinished foreign edit, a live pool. */
  readonly force?: boolean
  /** The change is refused (412) unless the service is at this revision. */
  readonly if_revision?: number
  /** Already told apart by actor: two actors may use the same key. */
  readonly idempotency_key?: string
  /** What the key was used for; the same key with another fingerprint is refused. */
  readonly fingerprint?: string
}

/** An operation under way. */
export interface Started {
  readonly operation: Operation
  /** Never rejects for what is expected: the operation carries `outcome` and `problem`. */
  readonly done: Promise<Operation>
  /** True when an Idempotency-Key was used before: `operation` is that earlier one. */
  readonly replayed: boolean
}

/** A call that did not become an operation: no credential, no permission, refused at once. */
export type Attempt = Omit<AttemptEntry, 'type'>

/** One line of the journal. */
export interface AuditEntry {
  readonly seq: number
  readonly at: string
  readonly prev: string
  readonly hash: string
  readonly [member: string]: unknown
}

export type SwitchingEvent =
  | { readonly type: 'operation'; readonly operation: Operation }
  | { readonly type: 'service'; readonly service: ServiceView }

/** The operations of this host, as API, commands and metrics see them. Methods that start one throw a Problem when it may not start. */
export interface Switching {
  services(): ServiceView[]
  /** Throws Problem `serviceUnknown`. */
  service(name: string): ServiceView
  switchTo(service: string, to: Colour, request: ChangeRequest, caller: Caller): Started
  rollBack(service: string, request: ChangeRequest, caller: Caller): Started
  setMaintenance(service: string, mode: Route['maintenance'], request: ChangeRequest, caller: Caller): Started
  setPool(service: string, colour: Colour, servers: readonly string[], request: ChangeRequest, caller: Caller): Started
  /** Throws Problem `operationUnknown`. */
  operation(id: string): Operation
  /** Newest first; `before` is the id after which the page starts. */
  operations(filter: { readonly service?: string; readonly limit: number; readonly before?: string }): Operation[]
  running(): Operation[]
  /** Every step and outcome of every operation, and every change of a service. Answers with the function that ends it. */
  subscribe(listener: (event: SwitchingEvent) => void): () => void
  /** Journals a call that was refused before it became an operation. */
  recordAttempt(attempt: Attempt): Promise<void>
  /** Oldest first, from the entry after `after`. */
  audit(filter: { readonly after?: number; readonly limit: number }): Promise<AuditEntry[]>
  ready(): { readonly ready: boolean; readonly problems: string[] }
  [Symbol.asyncDispose](): Promise<void>
}
