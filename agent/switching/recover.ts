import type { IntentEntry, OutcomeEntry, ServiceStates } from '../journal/entries.ts'
import { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import type { HostPlan, Recovered, Traffic } from '../nginx/traffic.ts'
import type { Operation, Outcome } from './operation.ts'

/**
 * Ends an operation whose process died between its intent and its outcome: what the running Nginx proves is finished,
 * all else is restored. Answers with the outcome to journal.
 */
export async function recoverOperation(
  traffic: Traffic,
  intent: IntentEntry,
  plan: (states: ServiceStates) => HostPlan,
  now: () => Date = () => new Date(),
): Promise<OutcomeEntry> {
  const { operation, record, before, after, idempotency } = intent
  const recovered = await traffic.recover(record, plan(before), plan(after), operation.service)
  const finished = recovered.result === 'finished'
  const ended: Operation = {
    ...operation,
    step: null,
    outcome: OUTCOMES[recovered.result],
    finished_at: now().toISOString(),
    warnings: [...operation.warnings, `The agent ended during this operation. On its next start: ${recovered.detail}`],
    problem: finished ? null : interrupted(operation, recovered),
  }
  const changed = after[operation.service]
  const services = !finished || before === after ? null : changed === undefined ? after : { [operation.service]: changed }
  return { type: 'outcome', operation: ended, services, idempotency }
}

const OUTCOMES: Record<Recovered['result'], Outcome> = { finished: 'succeeded', restored: 'restored', unproven: 'failed' }

function interrupted(operation: Operation, { result, detail }: Recovered) {
  const problem = new Problem(
    result === 'restored' ? errors.notApplied : errors.restoreFailed,
    `The agent ended before this was proven. On its next start: ${detail} Ask again for what you wanted.`,
  )
  return { ...problem.toDocument(), operation: operation.id }
}
