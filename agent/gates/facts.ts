import type { OperationKind } from '../switching/operation.ts'
import type { Colour } from '../switching/route.ts'

/** What a gate may be told about the operation it stands before. */
export interface OperationFacts {
  readonly service: string
  readonly from: Colour
  readonly to: Colour
  readonly kind: OperationKind
}
