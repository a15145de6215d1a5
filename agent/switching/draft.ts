import { monotonicFactory } from 'ulid'
import type { Caller, ChangeRequest } from './contract.ts'
import type { Operation, OperationKind } from './operation.ts'
import type { Colour } from './route.ts'

// Monotonic: ids of one millisecond still sort in the order in which they were given.
const nextId = monotonicFactory()

export interface Drafted {
  /** A service’s name, or `*` for an operation of the agent’s own on all of them. */
  readonly service: string
  readonly kind: OperationKind
  /** In words, for people and the audit log. */
  readonly asked: string
  readonly from: Colour
  readonly to: Colour
}

/** An operation that has not begun. */
export function draftOperation(what: Drafted, request: ChangeRequest, caller: Caller, now: Date = new Date()): Operation {
  return {
    id: nextId(),
    service: what.service,
    kind: what.kind,
    asked: what.asked,
    from: what.from,
    to: what.to,
    step: null,
    outcome: null,
    reason: request.reason ?? null,
    actor: caller.actor,
    source: caller.source,
    dry_run: request.dry_run ?? false,
    force: request.force ?? false,
    started_at: now.toISOString(),
    finished_at: null,
    gates: [],
    warnings: [],
    diff: '',
    timings_ms: { gates: 0, apply: 0, prove: 0, total: 0 },
    problem: null,
  }
}
