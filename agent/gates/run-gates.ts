import { messageOf } from '../../shared/errors/problem.ts'
import type { GateResult } from '../switching/operation.ts'
import type { Gate } from './gate.ts'

/**
 * Runs all gates at once and answers every result, in the order of the gates; `onResult` sees each as it comes.
 * Rejects with the signal's reason when aborted, after the last gate has ended.
 */
export async function runGates(gates: readonly Gate[], signal: AbortSignal, onResult?: (result: GateResult) => void): Promise<GateResult[]> {
  const results = await Promise.all(
    gates.map(async (gate) => {
      const result = await resultOf(gate, signal)
      if (!signal.aborted) onResult?.(result)
      return result
    }),
  )
  signal.throwIfAborted()
  return results
}

/** A gate that breaks has not passed. */
async function resultOf(gate: Gate, signal: AbortSignal): Promise<GateResult> {
  try {
    return await gate.check(signal)
  } catch (error) {
    return { name: gate.name, passed: false, detail: `the gate could not be run: ${messageOf(error)}` }
  }
}
