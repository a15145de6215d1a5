import { serial } from '../../shared/serial.ts'

export interface Looks {
  /** Something may have happened: looks soon. */
  hint(): void
  /** Looks in so many ms at the latest. */
  within(ms: number): void
  /** Looks now; resolves when a look that began after the call has ended. */
  now(): Promise<void>
  /** No further look; resolves when the last has ended. */
  stop(): Promise<void>
}

/** Looks on hints come no closer together than this, nor than five times what a look takes. */
const GAP_MS = 100
/** What is dropped together is looked at together. */
const TOGETHER_MS = 10

/** When to look: one look at a time, never later than asked for, never so often that looking is all there is. `look` must not throw. */
export function scheduleLooks(look: () => Promise<void>, longest: number): Looks {
  const inTurn = serial()
  let timer: NodeJS.Timeout | undefined
  let due = Number.POSITIVE_INFINITY
  let notBefore = 0
  let looking = false
  let hinted = false
  let stopped = false

  function at(when: number): void {
    if (stopped || when >= due) return
    clearTimeout(timer)
    due = when
    timer = setTimeout(() => void now(), Math.max(0, when - performance.now()))
  }

  function hint(): void {
    // How soon the next look may come is known when this one has ended.
    if (looking) hinted = true
    else at(Math.max(performance.now() + TOGETHER_MS, notBefore))
  }

  function now(): Promise<void> {
    clearTimeout(timer)
    due = Number.POSITIVE_INFINITY
    return inTurn(async () => {
      if (stopped) return
      const began = performance.now()
      looking = true
      hinted = false
      await look()
      looking = false
      const ended = performance.now()
      notBefore = ended + Math.min(Math.max(GAP_MS, (ended - began) * 5), longest)
      if (hinted) hint()
      at(ended + longest)
    })
  }

  return {
    hint,
    within: (ms) => at(performance.now() + Math.min(Math.max(ms, 1), longest)),
    now,
    stop() {
      stopped = true
      clearTimeout(timer)
      return inTurn(async () => undefined)
    },
  }
}
