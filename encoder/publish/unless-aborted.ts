/** Waits for something that goes on by itself; stops waiting, with the signal's reason, when that aborts. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error)
    const settle = (done: () => void) => {
      signal.removeEventListener('abort', abort)
      done()
    }
    work.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    )
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
  })
}
