import type { Operation } from '../switching/operation.ts'

/** An operation run in this process that did not succeed; its problem says why. */
export class OperationFailed extends Error {
  override readonly name = 'OperationFailed'
  readonly operation: Operation

  constructor(operation: Operation) {
    super(operation.problem?.detail ?? `The operation ${operation.outcome ?? 'did not end'}.`)
    this.operation = operation
  }
}
