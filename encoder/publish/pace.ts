import { setTimeout as delay } from 'node:timers/promises'

/** Hands out bytes at a rate, to all who ask together. */
export interface Pace {
  /** Resolves when so many bytes may go. */
  take(bytes: number, signal: AbortSignal): Promise<void>
}

/** What is sent between two looks at the clock. */
const PACED_BYTES = 64 * 1024

/** Null: no limit. */
export function pace(bytesPerSecond: number | undefined): Pace | null {
  if (bytesPerSecond === undefined) return null
  // The time at which all that was handed out so far has gone at this rate.
  let gone = performance.now()
  return {
    async take(bytes, signal) {
      const now = performance.now()
      gone = Math.max(gone, now) + (bytes / bytesPerSecond) * 1000
      if (gone - now > 1) await delay(gone - now, undefined, { signal })
    },
  }
}

/** The bytes in pieces, each when its turn comes. */
export async function* paced(bytes: Buffer, limit: Pace, signal: AbortSignal): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += PACED_BYTES) {
    const piece = bytes.subarray(at, at + PACED_BYTES)
    await limit.take(piece.length, signal)
    yield piece
  }
}
