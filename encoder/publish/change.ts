/** Something others wait for: the next `tell` wakes them all, and each of them its own signal or the end of its time. They look for themselves what has changed. */
export class Change {
  #next = Promise.withResolvers<void>()

  tell(): void {
    this.#next.resolve()
    this.#next = Promise.withResolvers()
  }

  /** Resolves in any case, after `most` ms at the latest; does not say why. */
  async wait(signal: AbortSignal, most?: number): Promise<void> {
    if (signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = most === undefined ? undefined : setTimeout(resolve, most)
    const aborted = () => resolve()
    signal.addEventListener('abort', aborted)
    void this.#next.promise.then(resolve)
    await promise
    clearTimeout(timer)
    signal.removeEventListener('abort', aborted)
  }
}
