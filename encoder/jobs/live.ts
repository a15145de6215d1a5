import type { EncodeProgress } from '../encode/records.ts'

/** What is known of running jobs from one moment to the next; not worth a write, gone with the process. */
export class LiveProgress {
  readonly #video = new Map<string, EncodeProgress>()
  readonly #audio = new Map<string, number>()
  readonly #tell: (id: string) => void

  constructor(tell: (id: string) => void) {
    this.#tell = tell
  }

  video(id: string): EncodeProgress | null {
    return this.#video.get(id) ?? null
  }

  /** From 0 to 1. */
  audio(id: string): number {
    return this.#audio.get(id) ?? 0
  }

  setVideo(id: string, progress: EncodeProgress): void {
    this.#video.set(id, progress)
    this.#tell(id)
  }

  setAudio(id: string, share: number): void {
    this.#audio.set(id, share)
    this.#tell(id)
  }

  forget(id: string): void {
    this.#video.delete(id)
    this.#audio.delete(id)
  }
}
