import { setTimeout as delay } from 'node:timers/promises'

const LONGEST_PAUSE_MS = 25

/**
 * Waits until `condition` answers something truthy, and answers that. For states of other processes
 * that announce nothing; where there is an event, await the event.
 */
export async function until<T>(what: string, condition: () => T | Promise<T>, deadlineMs = 30_000, pauseMs = 5): Promise<NonNullable<Awaited<T>>> {
  const end = performance.now() + deadlineMs
  let pause = pauseMs
  for (;;) {
    const value = await condition()
    if (value) return value as NonNullable<Awaited<T>>
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`)
    await delay(pause)
    // What takes long is asked less often: each question costs both sides, on a machine that runs other tests as well.
    pause = Math.min(pause * 1.25, Math.max(pauseMs, LONGEST_PAUSE_MS))
  }
}
