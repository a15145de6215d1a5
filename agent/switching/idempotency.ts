import { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import type { Idempotency } from '../journal/entries.ts'
import type { Replayed } from '../journal/replay.ts'
import type { ChangeRequest, Started } from './contract.ts'
import type { Operation } from './operation.ts'

/** Which operation an Idempotency-Key stands for: under way, or ended and still in the journal’s memory. */
export class SeenKeys {
  readonly #remembered: Readonly<Replayed>
  readonly #underWay = new Map<string, { fingerprint: string; started: Started }>()

  constructor(remembered: Readonly<Replayed>) {
    this.#remembered = remembered
  }

  /**
   * The operation that this very request began before; null for a new one.
   * @throws Problem `idempotency_mismatch` where the key stands for another request
   */
  find({ idempotency_key: key, fingerprint }: ChangeRequest): Started | null {
    if (key === undefined) return null
    const seen = this.#underWay.get(key) ?? this.#ended(key)
    if (seen === null) return null
    if (seen.fingerprint === fingerprint) return { ...seen.started, replayed: true }
    throw new Problem(
      errors.idempotencyMismatch,
      `This Idempotency-Key already stands for operation ${seen.started.operation.id}, which was another request. Use a new key for a new request.`,
      { operation: seen.started.operation.id },
    )
  }

  begin({ key, fingerprint }: Idempotency, started: Started): void {
    this.#underWay.set(key, { fingerprint, started })
    const forget = () => this.#underWay.delete(key)
    started.done.then(forget, forget)
  }

  #ended(key: string): { fingerprint: string; started: Started } | null {
    const earlier = this.#remembered.keys.get(key)
    const operation = earlier === undefined ? undefined : this.#remembered.operations.get(earlier.operation)
    if (earlier === undefined || operation === undefined || neverBegan(operation)) return null
    return { fingerprint: earlier.fingerprint, started: { operation, done: Promise.resolve(operation), replayed: true } }
  }
}

/**
 * Nothing was touched, for a reason that passes by itself: the agent was stopping, Nginx was down, the disk full. Who
 * asks again with the same key wants it done now, not to hear that it was not done then.
 */
function neverBegan({ outcome, problem }: Operation): boolean {
  return outcome === 'failed' && (problem?.status === 503 || problem?.status === 507)
}

/** What the journal keeps of a request’s key; null for a request without one. */
export function idempotencyOf({ idempotency_key: key, fingerprint }: ChangeRequest): Idempotency | null {
  return key === undefined || fingerprint === undefined ? null : { key, fingerprint }
}
