import { setTimeout as delay } from 'node:timers/promises'

/**
 * Waits until `condition` answers something truthy, and answers that. For states of other processes
 * that announce nothing; where there is an event, await the event.
 */
export async function until<T>(what: string, condition: () => T | Promise<T>, deadlineMs = 30_000, pauseMs = 5): Promise<NonNullable<Awaited<T>>> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const value = await condition()
    if (value) return value as NonNullable<Awaited<T>>
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`)
    await delay(pauseMs)
  }
}
