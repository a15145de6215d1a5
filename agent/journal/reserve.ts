import { open, rm, stat } from 'node:fs/promises'
import { systemCodeOf } from '../../shared/errors/problem.ts'

/** Room for some dozen journal lines and a state.json. */
const BYTES = 32 * 1024

/**
 * A file that holds space on the disk, to be given up when a rollback finds it full: a rollback is always allowed, and
 * its intent must be on the disk first.
 */
export class Reserve {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  /** Holds the space from now on, where the disk has it; else tries again when asked again. */
  async hold(): Promise<void> {
    const held = await stat(this.#file).catch(() => null)
    if (held?.size === BYTES) return
    try {
      const file = await open(this.#file, 'w', 0o600)
      try {
        // Written, not only sized: a sparse file holds nothing.
        await file.writeFile(Buffer.alloc(BYTES, 'reserve '))
        await file.sync()
      } finally {
        await file.close()
      }
    } catch {
      // A disk without room for this has told so already where it matters; what was taken of it goes back.
      await rm(this.#file, { force: true }).catch(() => null)
    }
  }

  /** Gives the space up if `failure` says that the disk is full. Answers whether there is room now that was not before. */
  async releaseFor(failure: unknown): Promise<boolean> {
    const code = systemCodeOf(failure instanceof Error ? (failure.cause ?? failure) : failure)
    if (code !== 'ENOSPC' && code !== 'EDQUOT') return false
    const held = await stat(this.#file).catch(() => null)
    if (held === null) return false
    await rm(this.#file, { force: true })
    return true
  }
}
