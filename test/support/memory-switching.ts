import { ulid } from 'ulid'
import { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../../agent/errors.ts'
import type { Attempt, AuditEntry, Caller, ChangeRequest, Started, Switching, SwitchingEvent } from '../../agent/switching/contract.ts'
import type { Operation, OperationKind } from '../../agent/switching/operation.ts'
import { otherColour, type Colour, type Route } from '../../agent/switching/route.ts'
import type { ServiceView } from '../../agent/switching/service-view.ts'

/** Operations without any Nginx, for tests of those who ask for them. */
export interface MemorySwitching extends Switching {
  readonly attempts: Attempt[]
  /** Every change that was begun, with what it carried. */
  readonly changes: { kind: OperationKind; service: string; to: Colour; request: ChangeRequest; caller: Caller; detail: unknown }[]
  /** The next operations wait for this before they end. */
  hold: Promise<unknown>
  /** The next operation ends with this problem. */
  problem: Problem | null
  readiness: { ready: boolean; problems: string[] }
  /** How many listen to events now. */
  readonly listeners: number
}

export function memorySwitching(names: readonly string[] = ['app', 'web-shop']): MemorySwitching {
  const services = new Map(names.map((name) => [name, initial(name)]))
  const operations: Operation[] = []
  const listeners = new Set<(event: SwitchingEvent) => void>()
  const byKey = new Map<string, { fingerprint: string | undefined; started: Started }>()
  const tell = (event: SwitchingEvent) => {
    for (const listener of listeners) listener(event)
  }

  const begin = (kind: OperationKind, name: string, to: Colour, request: ChangeRequest, caller: Caller, change: Partial<ServiceView>, detail: unknown = null): Started => {
    const service = switching.service(name)
    const seen = request.idempotency_key === undefined ? undefined : byKey.get(request.idempotency_key)
    if (seen !== undefined) {
      if (seen.fingerprint !== request.fingerprint) throw new Problem(errors.idempotencyMismatch, 'The key was used for another request')
      return { ...seen.started, replayed: true }
    }
    if (service.operation !== null) throw new Problem(errors.operationInProgress, 'Another operation runs', { operation: service.operation })
    if (request.if_revision !== undefined && request.if_revision !== service.revision) throw new Problem(errors.revisionMismatch, `It is at ${service.revision}`)
    switching.changes.push({ kind, service: name, to, request, caller, detail })
    const operation: Operation = {
      id: ulid(), service: name, kind, asked: `${kind} to ${to}`, from: service.live, to, step: 'apply', outcome: null, reason: request.reason ?? null,
      actor: caller.actor, source: caller.source, dry_run: request.dry_run ?? false, force: request.force ?? false,
      started_at: new Date().toISOString(), finished_at: null, gates: [], warnings: [], diff: '',
      timings_ms: { gates: 0, apply: 0, prove: 0, total: 0 }, problem: null,
    }
    operations.unshift(operation)
    services.set(name, { ...service, operation: operation.id })
    tell({ type: 'operation', operation })
    const { problem } = switching
    switching.problem = null
    const end = async () => {
      await switching.hold
      const ended: Operation = {
        ...operation, step: null, outcome: problem === null ? 'succeeded' : 'refused', finished_at: new Date().toISOString(),
        problem: problem?.toDocument() ?? null, timings_ms: { gates: 1, apply: 2, prove: 3, total: 6 },
        gates: problem === null ? [] : [{ name: 'health', passed: false, detail: '127.0.0.1:1: connection refused' }],
      }
      operations[operations.indexOf(operation)] = ended
      const changes = problem === null && !ended.dry_run
      const after: ServiceView = { ...service, ...(changes ? { ...change, revision: service.revision + 1 } : {}), operation: null }
      services.set(name, after)
      tell({ type: 'operation', operation: ended })
      if (changes) tell({ type: 'service', service: after })
      return ended
    }
    const started: Started = { operation, done: end(), replayed: false }
    if (request.idempotency_key !== undefined) byKey.set(request.idempotency_key, { fingerprint: request.fingerprint, started })
    return started
  }

  const switching: MemorySwitching = {
    attempts: [],
    changes: [],
    hold: Promise.resolve(),
    problem: null,
    readiness: { ready: true, problems: [] },
    get listeners() {
      return listeners.size
    },
    services: () => [...services.values()],
    service(name) {
      const service = services.get(name)
      if (service === undefined) throw new Problem(errors.serviceUnknown, `There is no service ${name}`)
      return service
    },
    switchTo: (name, to, request, caller) => begin('switch', name, to, request, caller, { live: to, previous: otherColour(to) }),
    rollBack(name, request, caller) {
      const { previous, live } = switching.service(name)
      if (previous === null) throw new Problem(errors.nothingToRollBack, `${name} has no previous colour`)
      return begin('rollback', name, previous, request, caller, { live: previous, previous: live })
    },
    setMaintenance(name, mode: Route['maintenance'], request, caller) {
      return begin('maintenance', name, switching.service(name).live, request, caller, { maintenance: mode !== 'off', pinned_through: mode === 'pinned_through' }, mode)
    },
    setPool(name, colour, servers, request, caller) {
      const service = switching.service(name)
      if (service.live === colour && request.force !== true) throw new Problem(errors.poolLive, `${colour} is live`)
      return begin('pool', name, service.live, request, caller, { pools: { ...service.pools, [colour]: { ...service.pools[colour], servers } } }, { colour, servers })
    },
    operation(id) {
      const operation = operations.find((each) => each.id === id)
      if (operation === undefined) throw new Problem(errors.operationUnknown, `There is no operation ${id}`)
      return operation
    },
    operations({ service, limit, before }) {
      const from = before === undefined ? 0 : operations.findIndex(({ id }) => id === before) + 1
      return operations.slice(from).filter((each) => service === undefined || each.service === service).slice(0, limit)
    },
    running: () => operations.filter(({ outcome }) => outcome === null),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async recordAttempt(attempt) {
      switching.attempts.push(attempt)
    },
    async audit({ after = 0, limit }) {
      return switching.attempts.map((attempt, index): AuditEntry => ({ seq: index + 1, at: new Date().toISOString(), prev: '', hash: '', ...attempt })).slice(after, after + limit)
    },
    ready: () => switching.readiness,
    async [Symbol.asyncDispose]() {
      listeners.clear()
    },
  }
  return switching
}

const pool = (server: string) => ({ servers: [server], health: { state: 'unknown' as const, servers: [] } })

function initial(name: string): ServiceView {
  return {
    name, strategy: 'instant', revision: 1, live: 'blue', previous: null, maintenance: false, pinned_through: false,
    weights: { blue: 100, green: 0 }, pools: { blue: pool('127.0.0.1:3001'), green: pool('127.0.0.1:3002') }, generation: 1, operation: null,
  }
}
