/**
 * Publishes a growing asset step by step beside the encoding: one step at a time, and of the chunks that were finished
 * meanwhile only the last state. A store that is slow or away holds up nothing but this.
 */
export class EarlyPublishing {
  readonly #publish: (signal: AbortSignal) => Promise<void>
  readonly #abort = new AbortController()
  #dirty = false
  #running: Promise<void> | null = null
  #failure: unknown = null

  /** `publish` stores and points what there is by then; it waits out faults of the store itself. */
  constructor(publish: (signal: AbortSignal) => Promise<void>) {
    this.#publish = publish
  }

  /** There is more to show. Throws what an earlier step failed of, since nobody awaits it elsewhere. */
  more(): void {
    if (this.#failure !== null) throw this.#failure
    this.#dirty = true
    this.#running ??= this.#run()
  }

  /** Ends it: a step that waits for the store is given up, the final publishing does all of it. */
  async stop(): Promise<void> {
    this.#abort.abort(new DOMException('early publishing has ended', 'AbortError'))
    await this.#running
    if (this.#failure !== null) throw this.#failure
  }

  async #run(): Promise<void> {
    try {
      while (this.#dirty && !this.#abort.signal.aborted) {
        this.#dirty = false
        await this.#publish(this.#abort.signal)
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#failure = error
    } finally {
      this.#running = null
    }
  }
}
