import type { Operation } from '../switching/operation.ts'
import type { Idempotency, IntentEntry, JournalEntry, ServiceStates } from './entries.ts'

/** Operations kept in memory for `GET /v1/operations` and for Idempotency-Keys; older ones stay in the journal. */
export const REMEMBERED_OPERATIONS = 500

/** What the journal tells when it is read from the first line to the last. */
export interface Replayed {
  services: ServiceStates
  /** Oldest first. */
  readonly operations: Map<string, Operation>
  readonly keys: Map<string, Idempotency & { operation: string }>
  /** Intents without an outcome: their process died in between. Oldest first. */
  readonly unfinished: Map<string, IntentEntry>
}

export function emptyReplay(): Replayed {
  return { services: {}, operations: new Map(), keys: new Map(), unfinished: new Map() }
}

/** Takes one entry into account; the same for a line read at start and one just written. */
export function replayEntry(replayed: Replayed, entry: JournalEntry): void {
  switch (entry.type) {
    case 'opened':
      replayed.services = entry.services
      return
    case 'intent':
      replayed.unfinished.set(entry.operation.id, entry)
      remember(replayed, entry.operation, entry.idempotency)
      return
    case 'outcome':
      replayed.unfinished.delete(entry.operation.id)
      if (entry.services !== null) replayed.services = { ...replayed.services, ...entry.services }
      remember(replayed, entry.operation, entry.idempotency)
      return
    case 'attempt':
      return
    default:
      // A line of a newer agent, read after a downgrade: kept, not understood.
      entry satisfies never
  }
}

function remember(replayed: Replayed, operation: Operation, idempotency: Idempotency | null): void {
  replayed.operations.set(operation.id, operation)
  if (idempotency !== null) replayed.keys.set(idempotency.key, { ...idempotency, operation: operation.id })
  if (replayed.operations.size <= REMEMBERED_OPERATIONS) return
  const [oldest] = replayed.operations.keys()
  if (oldest === undefined) return
  replayed.operations.delete(oldest)
  for (const [key, { operation: id }] of replayed.keys) if (id === oldest) replayed.keys.delete(key)
}
