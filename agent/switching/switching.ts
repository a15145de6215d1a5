import { Problem } from '../../shared/errors/problem.ts'
import type { AgentConfig } from '../config.ts'
import { errors } from '../errors.ts'
import type { Gate } from '../gates/gate.ts'
import { gatesFor } from '../gates/gates-for.ts'
import type { ServiceState, ServiceStates } from '../journal/entries.ts'
import type { AuditEntry, Attempt, Caller, ChangeRequest, Started, Switching, SwitchingEvent } from './contract.ts'
import { admit, previousOf, refuseLivePool, refuseSharedServers } from './admission.ts'
import { draftOperation } from './draft.ts'
import { idempotencyOf, SeenKeys } from './idempotency.ts'
import type { Operation, OperationKind } from './operation.ts'
import { advance, maintaining, pooling, switching, type Transition } from './plan.ts'
import { Progress } from './progress.ts'
import { runOperation, type OperationHost, type OperationSpec } from './run-operation.ts'
import type { Colour, Route } from './route.ts'
import type { ServiceView } from './service-view.ts'

export interface SwitchingParts {
  readonly config: AgentConfig
  readonly host: OperationHost
  /** How a service is shown: its state joined with health and generation. */
  readonly view: (name: string, state: ServiceState, operation: string | null) => ServiceView
  readonly problems: () => readonly string[]
  /** What an operation of this service should warn of from the start. */
  readonly warnings: (service: string) => readonly string[]
  /** What was opened for this, released in the reverse order. */
  readonly resources: AsyncDisposableStack
  readonly onOperation: (operation: Operation) => void
  /** A listener of `subscribe` threw. */
  readonly onListenerError: (error: unknown) => void
}

interface Wanted {
  readonly service: string
  readonly kind: OperationKind
  readonly asked: string
  readonly to: Colour
  readonly transition: Transition
  readonly gates: readonly Gate[]
  readonly advisory: readonly Gate[]
}

const MAINTENANCE: Record<Route['maintenance'], string> = {
  off: 'maintenance off',
  on: 'maintenance on',
  pinned_through: 'maintenance on, pinned clients let through',
}

/** The operations of one host: who may begin when, and what is remembered of them. */
export class HostSwitching implements Switching {
  readonly #parts: SwitchingParts
  readonly #running = new Map<string, { progress: Progress; done: Promise<Operation> }>()
  readonly #listeners = new Set<(event: SwitchingEvent) => void>()
  readonly #stop = new AbortController()
  readonly #keys: SeenKeys

  constructor(parts: SwitchingParts) {
    this.#parts = parts
    this.#keys = new SeenKeys(parts.host.ledger.replayed)
  }

  services(): ServiceView[] {
    return Object.keys(this.#parts.config.services).map((name) => this.service(name))
  }

  service(name: string): ServiceView {
    return this.#parts.view(name, this.#state(name), this.#running.get(name)?.progress.operation.id ?? null)
  }

  switchTo(service: string, to: Colour, request: ChangeRequest, caller: Caller): Started {
    const { route, pools } = this.#state(service)
    const gates = gatesFor(service, this.#config(service), pools, { from: route.live, to, kind: 'switch' })
    return this.#start({ service, kind: 'switch', asked: `switch to ${to}`, to, transition: switching(to), gates: route.live === to ? [] : gates, advisory: [] }, request, caller)
  }

  rollBack(service: string, request: ChangeRequest, caller: Caller): Started {
    const { route, pools } = this.#state(service)
    const replayed = this.#keys.find(request)
    if (replayed !== null) return replayed
    const to = previousOf(service, route)
    const advisory = gatesFor(service, this.#config(service), pools, { from: route.live, to, kind: 'rollback' })
    return this.#start({ service, kind: 'rollback', asked: `rollback to ${to}`, to, transition: switching(to), gates: [], advisory }, request, caller)
  }

  setMaintenance(service: string, mode: Route['maintenance'], request: ChangeRequest, caller: Caller): Started {
    const { route } = this.#state(service)
    if (this.#config(service).strategy !== 'instant') {
      throw new Problem(errors.requestInvalid, `${service} has strategy reload; maintenance needs strategy instant, where Nginx can answer by itself.`)
    }
    return this.#start({ service, kind: 'maintenance', asked: MAINTENANCE[mode], to: route.live, transition: maintaining(mode), gates: [], advisory: [] }, request, caller)
  }

  setPool(service: string, colour: Colour, servers: readonly string[], request: ChangeRequest, caller: Caller): Started {
    const { route } = this.#state(service)
    const replayed = this.#keys.find(request)
    if (replayed !== null) return replayed
    refuseLivePool(service, route, colour, request.force === true)
    refuseSharedServers(this.#configured(), service, colour, servers)
    return this.#start({ service, kind: 'pool', asked: `${colour} pool: ${servers.join(', ')}`, to: route.live, transition: pooling(colour, servers), gates: [], advisory: [] }, request, caller)
  }

  operation(id: string): Operation {
    const found = this.running().find((operation) => operation.id === id) ?? this.#remembered.operations.get(id)
    if (found !== undefined) return found
    throw new Problem(errors.operationUnknown, `There is no operation ${id} among the last ones; older ones are in the audit log.`, { operation: id })
  }

  operations({ service, limit, before }: { service?: string; limit: number; before?: string }): Operation[] {
    const all = new Map(this.#remembered.operations)
    for (const operation of this.running()) all.set(operation.id, operation)
    // In the order of the journal, since ids go by the clock, which may have been set back.
    const newestFirst = [...all.values()].toReversed()
    const from = before === undefined ? 0 : newestFirst.findIndex(({ id }) => id === before) + 1
    if (before !== undefined && from === 0) return []
    return newestFirst.slice(from).filter((operation) => service === undefined || operation.service === service).slice(0, limit)
  }

  running(): Operation[] {
    return [...this.#running.values()].map(({ progress }) => progress.operation)
  }

  subscribe(listener: (event: SwitchingEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async recordAttempt(attempt: Attempt): Promise<void> {
    const { ledger } = this.#parts.host
    await ledger.append({ type: 'attempt', ...attempt })
    await ledger.saveState()
  }

  async audit({ after = 0, limit }: { after?: number; limit: number }): Promise<AuditEntry[]> {
    const entries: AuditEntry[] = []
    for await (const entry of this.#parts.host.ledger.entries(after)) {
      entries.push({ ...entry })
      if (entries.length >= limit) break
    }
    return entries
  }

  ready(): { ready: boolean; problems: string[] } {
    const problems = [...this.#parts.problems()]
    const { debt } = this.#parts.host.ledger
    if (debt !== null) problems.push(debt)
    if (this.#stop.signal.aborted) problems.push('The agent is stopping.')
    return { ready: problems.length === 0, problems }
  }

  /** Ends gates at once, lets a change that has begun finish, then releases lock, journal and monitor. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.all([...this.#running.values()].map(async ({ done }) => done))
    await this.#parts.resources.disposeAsync()
  }

  /**
   * Runs an operation of the agent's own, beside the ones that are asked for: the installation of the generated files.
   * It concerns all services (`*`), so it waits its turn like any Nginx change.
   */
  async runOwn(reason: string, prepare: NonNullable<OperationSpec['prepare']>): Promise<Operation> {
    const draft = draftOperation({ service: '*', kind: 'recovery', asked: 'generated files installed', from: 'blue', to: 'blue' }, { reason }, { actor: 'agent', source: 'agent' })
    const spec: OperationSpec = { gates: [], advisory: [], urgent: false, warnings: [], advance: (states) => states, prepare, idempotency: null }
    return this.#launch(draft, spec).done
  }

  /** Hands over something to be released first when this ends. */
  release(resource: AsyncDisposable): void {
    this.#parts.resources.use(resource)
  }

  get #remembered() {
    return this.#parts.host.ledger.replayed
  }

  #state(name: string): ServiceState {
    const state = this.#parts.host.ledger.services[name]
    if (state !== undefined && Object.hasOwn(this.#parts.config.services, name)) return state
    const known = Object.keys(this.#parts.config.services).join(', ')
    throw new Problem(errors.serviceUnknown, `There is no service ${JSON.stringify(name)}; this host has ${known === '' ? 'none' : known}.`)
  }

  /** The states of the services that the configuration has; those that left it keep theirs in the journal. */
  #configured(): ServiceStates {
    return Object.fromEntries(Object.entries(this.#parts.host.ledger.services).filter(([name]) => Object.hasOwn(this.#parts.config.services, name)))
  }

  #config(name: string) {
    const config = this.#parts.config.services[name]
    if (config === undefined) throw new Problem(errors.serviceUnknown, `There is no service ${JSON.stringify(name)}.`)
    return config
  }

  #start(wanted: Wanted, request: ChangeRequest, caller: Caller): Started {
    const replayed = this.#keys.find(request)
    if (replayed !== null) return replayed
    const { service } = wanted
    const state = this.#state(service)
    admit({ service, state, running: this.#running.get(service)?.progress.operation, stopping: this.#stop.signal.aborted }, request)
    const draft = draftOperation({ ...wanted, from: state.route.live }, request, caller)
    return this.#launch(draft, {
      gates: wanted.gates,
      advisory: wanted.advisory,
      urgent: wanted.kind === 'rollback',
      warnings: this.#surprises(wanted.kind, service, state.route),
      advance: (states: ServiceStates) => advance(states, wanted.service, wanted.transition),
      idempotency: idempotencyOf(request),
    })
  }

  /** What whoever asks may not have in mind: it is done all the same, and said. */
  #surprises(kind: OperationKind, service: string, { live, maintenance }: Route): string[] {
    if (kind !== 'switch' && kind !== 'rollback') return []
    const last = this.operations({ service, limit: 1 })[0]
    return [
      ...(maintenance === 'off' ? [] : [`${service} is in maintenance: clients go on getting its page until it is switched off.`]),
      ...(kind === 'rollback' && last?.kind === 'rollback' && last.outcome === 'succeeded'
        ? [`The last operation was a rollback too, to ${live}: this one goes forward again to what was rolled back from.`]
        : []),
    ]
  }

  #launch(draft: Operation, spec: OperationSpec): Started {
    const progress = new Progress(draft, (operation) => this.#announce(operation))
    const done = (async () => {
      progress.warn(...this.#parts.warnings(draft.service), ...spec.warnings)
      await runOperation(this.#parts.host, progress, spec, this.#stop.signal)
      this.#running.delete(draft.service)
      this.#remembered.operations.set(draft.id, progress.operation)
      if (Object.hasOwn(this.#parts.config.services, draft.service)) this.#tell({ type: 'service', service: this.service(draft.service) })
      return progress.operation
    })()
    this.#running.set(draft.service, { progress, done })
    const started: Started = { operation: progress.operation, done, replayed: false }
    if (spec.idempotency !== null) this.#keys.begin(spec.idempotency, started)
    return started
  }

  #announce(operation: Operation): void {
    this.#parts.onOperation(operation)
    this.#tell({ type: 'operation', operation })
  }

  #tell(event: SwitchingEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        // Who looks on must not be able to stop a change halfway.
        this.#parts.onListenerError(error)
      }
    }
  }
}
