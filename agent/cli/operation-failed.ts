import { ProblemReport } from '../../shared/cli/problem-report.ts'
import type { Operation } from '../switching/operation.ts'
import { besidesProblem } from './render-operation.ts'

/** An operation run in this process that did not succeed; its problem says why. */
export function operationFailed(operation: Operation): ProblemReport {
  const detail = operation.problem?.detail ?? `The operation ${operation.outcome ?? 'did not end'}.`
  return new ProblemReport(detail, operation.problem, (style) => besidesProblem(operation, style))
}
