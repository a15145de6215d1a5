export interface Sparing {
  /** Runs the work soon; many asks may be answered by one run. */
  ask(): void
  stop(): void
}

/** Work that costs the more the more there is to look at: as soon as it is asked for, but never more than a tenth of the time. */
export function sparingly(work: () => void): Sparing {
  let timer: NodeJS.Timeout | undefined
  let notBefore = 0
  return {
    ask() {
      timer ??= setTimeout(() => {
        timer = undefined
        const began = performance.now()
        work()
        const ended = performance.now()
        notBefore = ended + (ended - began) * 10
      }, Math.max(0, notBefore - performance.now()))
    },
    stop() {
      clearTimeout(timer)
    },
  }
}
