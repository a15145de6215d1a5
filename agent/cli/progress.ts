import type { Operation } from '../switching/operation.ts'
import type { Client } from '../../shared/cli/client.ts'
import { gateLines } from './render-operation.ts'
import type { Output } from '../../shared/cli/terminal.ts'
import { lengthOf } from '../../shared/cli/words.ts'
import { deedOf } from './words.ts'

const CLEAR = '\r\u001B[K'

/** The progress of one service’s operation on a terminal: a line that is rewritten, and one that stays per gate. */
export interface Progress {
  /** Id of the operation that is shown; null before it began. */
  readonly id: string | null
  /** Clears the line; nothing is written after. */
  stop(): void
}

/** Shows nothing: for pipes and logs, and where the events cannot be had. */
const silent: Progress = { id: null, stop: () => {} }

/** Listens to the agent’s events before the change is asked for, so that none is missed. */
export async function showProgress(client: Client, service: string, output: Output): Promise<Progress> {
  if (!output.isTTY) return silent
  const controller = new AbortController()
  let events: Awaited<ReturnType<Client['events']>>
  try {
    events = await client.events(controller.signal)
  } catch {
    // Progress is a courtesy: whatever stops it will stop the change itself, which then says why.
    return silent
  }

  let operation: Operation | null = null
  let gatesShown = 0
  const begun = performance.now()
  const draw = () => {
    if (operation === null || controller.signal.aborted) return
    const lines = gateLines(operation, output.style)
    const fresh = lines.slice(gatesShown).map((line) => `  ${line}\n`)
    gatesShown = Math.max(gatesShown, lines.length)
    const state = `${service}: ${deedOf(operation)}: ${operation.step ?? 'ending'} ${lengthOf(performance.now() - begun)}`
    output.write(CLEAR + fresh.join('') + Array.from(state).slice(0, output.columns - 1).join(''))
  }
  const ticking = setInterval(draw, 250).unref()
  const listen = async () => {
    for await (const { event, data } of events) {
      const seen = data as Operation
      if (event !== 'operation' || seen.service !== service) continue
      operation = seen
      draw()
    }
  }
  // The stream ends when it is aborted, and may break with the agent; the change itself tells of that.
  listen().catch(() => {})
  return {
    get id() {
      return operation?.id ?? null
    },
    stop() {
      clearInterval(ticking)
      controller.abort()
      if (operation !== null) output.write(CLEAR)
    },
  }
}
