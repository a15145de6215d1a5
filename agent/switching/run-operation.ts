import { messageOf, Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import type { Gate } from '../gates/gate.ts'
import { runGates } from '../gates/run-gates.ts'
import type { Idempotency, ServiceStates } from '../journal/entries.ts'
import type { Ledger } from '../journal/ledger.ts'
import type { HostPlan, Traffic, TrafficChange } from '../nginx/traffic.ts'
import type { Outcome } from './operation.ts'
import type { Progress } from './progress.ts'

/** What an operation is run on. */
export interface OperationHost {
  readonly traffic: Traffic
  readonly ledger: Ledger
  /** One Nginx change per host at a time. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
  plan(states: ServiceStates): HostPlan
  /** Backstop in ms for applying and proving; a change keeps its own, shorter deadline. */
  readonly changeDeadline: number
}

export interface OperationSpec {
  /** Must pass, unless forced. */
  readonly gates: readonly Gate[]
  /** Run beside the change and only warn: a rollback waits for nobody. */
  readonly advisory: readonly Gate[]
  /** A rollback: does not wait for lingering workers. */
  readonly urgent: boolean
  /** Said from the start. */
  readonly warnings: readonly string[]
  readonly advance: (states: ServiceStates) => ServiceStates
  /** Prepares what is to be applied; default: the change of the one service. */
  readonly prepare?: (before: HostPlan, after: HostPlan) => Promise<TrafficChange>
  readonly idempotency: Idempotency | null
}

/**
 * The one state machine of every change, written down in docs/reference/state-machine.md:
 * gates → prepare → intent → apply → prove → outcome → state → settle, and after a failed apply or proof
 * restore → outcome. Never rejects: what went wrong is the operation's outcome and problem.
 */
export async function runOperation(host: OperationHost, progress: Progress, spec: OperationSpec, signal: AbortSignal): Promise<void> {
  const advice = advise(spec.advisory, progress, signal)
  try {
    await host.ledger.settle({ urgent: spec.urgent })
    progress.enter('gates')
    await passGates(spec.gates, progress, signal)
    await waitForRoom(host, progress, spec, signal)
    progress.book('gates')
    await host.inTurn(async () => change(host, progress, spec, signal, advice))
  } catch (error) {
    const problem = asProblem(error)
    await advice
    await conclude(host, progress, problem.kind.exit === 3 ? 'refused' : 'failed', problem, null, spec)
  }
  progress.leave()
}

async function passGates(gates: readonly Gate[], progress: Progress, signal: AbortSignal): Promise<void> {
  const results = await runGates(gates, signal, (result) => progress.gate(result))
  signal.throwIfAborted()
  const refused = results.filter((result) => !result.passed)
  if (refused.length === 0) return
  const why = refused.map(({ name, detail }) => `${name}: ${detail}`).join('; ')
  if (progress.operation.force) {
    progress.warn(`Forced past ${why}`)
    return
  }
  throw new Problem(
    errors.gateRefused,
    `${progress.operation.service} stays on ${progress.operation.from}. ${why}. Mend the ${progress.operation.to} pool and switch again, or override with force.`,
    { gates: refused.map(({ name }) => name) },
  )
}

/** A reload may have to wait for the workers of earlier ones; outside of the host’s turn, so that a rollback can pass. */
async function waitForRoom(host: OperationHost, progress: Progress, spec: OperationSpec, signal: AbortSignal): Promise<void> {
  if (spec.urgent || spec.prepare !== undefined || progress.operation.dry_run) return
  const { services } = host.ledger
  await host.traffic.untilRoom(host.plan(services), host.plan(spec.advance(services)), progress.operation.service, signal)
}

async function change(
  host: OperationHost,
  progress: Progress,
  spec: OperationSpec,
  signal: AbortSignal,
  advice: Promise<void>,
): Promise<void> {
  const { service, force, dry_run } = progress.operation
  progress.enter('prepare')
  signal.throwIfAborted()
  const before = host.ledger.services
  const after = spec.advance(before)
  const plans = [host.plan(before), host.plan(after)] as const
  const prepared =
    spec.prepare === undefined
      ? await host.traffic.prepare(...plans, service, { force, urgent: spec.urgent })
      : await spec.prepare(...plans)
  progress.diff(prepared.diff)
  progress.warn(...prepared.warnings)
  if (before === after) progress.warn('Nothing to change: this is what is already served.')
  if (dry_run) {
    progress.book('apply')
    await advice
    await conclude(host, progress, 'succeeded', null, null, spec)
    return
  }

  progress.enter('intent')
  const { operation } = progress
  await host.ledger.append({ type: 'intent', operation, record: prepared.record, before, after, idempotency: spec.idempotency }, { urgent: spec.urgent })
  const problem = await applyAndProve(prepared, progress, AbortSignal.timeout(host.changeDeadline))
  await advice
  if (problem === null) {
    await conclude(host, progress, 'succeeded', null, before === after ? null : after, spec)
    progress.enter('settle')
    progress.warn(...(await prepared.settle()))
  } else {
    await conclude(host, progress, problem.kind === errors.restoreFailed ? 'failed' : 'restored', problem, null, spec)
  }
}

/** Once begun, a change is not given up halfway because the agent stops. Null when the change is proven; else the problem, after what was there before has been put back. */
async function applyAndProve(prepared: TrafficChange, progress: Progress, signal: AbortSignal): Promise<Problem | null> {
  try {
    progress.enter('apply')
    await prepared.apply(signal)
    progress.book('apply')
    progress.enter('prove')
    await prepared.prove(signal)
    progress.book('prove')
    return null
  } catch (error) {
    return restore(prepared, progress, asProblem(error))
  }
}

async function restore(prepared: TrafficChange, progress: Progress, cause: Problem): Promise<Problem> {
  progress.enter('restore')
  try {
    const { evidence } = await prepared.restore()
    return new Problem(
      cause.kind.status >= 502 ? cause.kind : errors.notApplied,
      `${cause.message} What was served before is back and proven (${evidence}).`,
      { ...cause.facts },
      cause,
    )
  } catch (error) {
    return new Problem(
      errors.restoreFailed,
      `${cause.message} Putting back what was served before failed too: ${messageOf(error)} ` +
        'Look at `greenroom-agent status` and the Nginx error log now.',
      { ...cause.facts },
      error,
    )
  }
}

async function conclude(
  host: OperationHost,
  progress: Progress,
  outcome: Outcome,
  problem: Problem | null,
  services: ServiceStates | null,
  spec: OperationSpec,
): Promise<void> {
  progress.end(outcome, problem)
  progress.enter('outcome')
  const operation = { ...progress.operation, step: null }
  const changed = services?.[operation.service]
  const owed = await host.ledger.appendFact({
    type: 'outcome',
    operation,
    services: services === null ? null : changed === undefined ? services : { [operation.service]: changed },
    idempotency: spec.idempotency,
  })
  if (owed !== null) progress.warn(owed)
  if (owed !== null) return
  progress.enter('state')
  try {
    await host.ledger.saveState()
  } catch (error) {
    // The journal has it; state.json follows as soon as the disk takes it.
    progress.warn(messageOf(error))
  }
}

async function advise(gates: readonly Gate[], progress: Progress, signal: AbortSignal): Promise<void> {
  const results = await runGates(gates, signal).catch((error: unknown) => {
    // Only the stopping agent ends advice early; nobody is waiting for it then.
    if (!signal.aborted) throw error
    return []
  })
  for (const result of results) {
    progress.gate({ ...result, advisory: true })
    if (!result.passed) progress.warn(`${result.name}: ${result.detail}`)
  }
}

/** Whatever was thrown, as a problem that a person can read; a foreign error is our mistake and keeps its cause. */
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof Error && error.name === 'AbortError') {
    return new Problem(errors.stopping, 'The agent was asked to stop before anything had changed. Ask again once it runs.', {}, error)
  }
  return new Problem(errors.internal, `Unexpected: ${messageOf(error)}. The agent’s log has more.`, {}, error)
}
