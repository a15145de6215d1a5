import type { ProblemDocument } from '../../shared/errors/problem.ts'
import type { Colour } from './route.ts'

export type OperationKind = 'switch' | 'rollback' | 'maintenance' | 'pool' | 'recovery'
export type Outcome = 'succeeded' | 'refused' | 'failed' | 'restored'

/** The steps of docs/reference/state-machine.md, in order; `restore` only after a failure. */
export const STEPS = [
  'gates', 'prepare', 'intent', 'apply', 'prove', 'restore', 'outcome', 'state', 'settle',
] as const
export type Step = (typeof STEPS)[number]

export interface GateResult {
  readonly name: string
  readonly passed: boolean
  /** What was checked and found, in words. */
  readonly detail: string
  /** True for a gate that only warns (health before a rollback). */
  readonly advisory?: boolean
}

/** One request to change what Nginx serves, as the API shows it and the journal keeps it. */
export interface Operation {
  readonly id: string
  readonly service: string
  readonly kind: OperationKind
  /** What was asked, in words: `switch to green`, `maintenance on`, `green pool: 127.0.0.1:3002`. */
  readonly asked: string
  readonly from: Colour
  readonly to: Colour
  /** The step under way; null once it is over. */
  readonly step: Step | null
  readonly outcome: Outcome | null
  readonly reason: string | null
  /** `token:ci`, `certificate:deploy.example`, `socket`, `offline`, `agent`. */
  readonly actor: string
  /** Remote address, or `unix` for the socket. */
  readonly source: string
  readonly dry_run: boolean
  readonly force: boolean
  readonly started_at: string
  readonly finished_at: string | null
  readonly gates: readonly GateResult[]
  /** Notes that did not stop it: a gate overridden, a copy kept, what recovery found. */
  readonly warnings: readonly string[]
  /** Unified diff of the generated files; empty where only markers change. */
  readonly diff: string
  readonly timings_ms: { readonly gates: number; readonly apply: number; readonly prove: number; readonly total: number }
  readonly problem: ProblemDocument | null
}
