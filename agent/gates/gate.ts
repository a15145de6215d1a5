import type { GateResult } from '../switching/operation.ts'

/** A check that must pass before a switch. */
export interface Gate {
  readonly name: string
  /** What `check` would do, in one sentence; for a dry run. */
  describe(): string
  /**
   * Runs the check within its own deadline. What it finds, failures included, is the result;
   * rejects only with the signal's reason when aborted, and then nothing of it goes on.
   */
  check(signal: AbortSignal): Promise<GateResult>
}
