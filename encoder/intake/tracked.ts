import { type Print, samePrint } from './print.ts'
import type { SeenFile } from './scan.ts'

/** A file in the ingest folder over several looks. */
export interface Tracked extends SeenFile {
  /** Since when it is as it is; monotonic ms. */
  readonly since: number
  /** When it was seen first; wall clock, ms. */
  readonly firstSeen: number
  /** Why it could not be claimed though it was settled. Forgotten when the file changes. */
  readonly hold?: Hold
}

export interface Hold {
  readonly reason: string
  readonly detail: string
  /** When to try again, monotonic ms; null: with the next look. */
  readonly retryAt: number | null
}

export type TrackedFiles = ReadonlyMap<string, Tracked>

export interface Moment {
  /** Monotonic ms: what settling is counted in, so that a clock that is set claims nothing early. */
  readonly elapsed: number
  /** Wall clock, ms. */
  readonly wall: number
}

/** What is known after a look. A file that changed, or was replaced by another of the same name, starts over. */
export function track(before: TrackedFiles, seen: readonly SeenFile[], now: Moment): Map<string, Tracked> {
  return new Map(
    seen.map((file) => {
      const known = before.get(file.key)
      if (known === undefined) return [file.key, { ...file, since: now.elapsed, firstSeen: now.wall }]
      const unchanged = known.type === file.type && samePrint(known.print, file.print)
      return [file.key, unchanged ? known : { ...file, since: now.elapsed, firstSeen: sameFile(known.print, file.print) ? known.firstSeen : now.wall }]
    }),
  )
}

function sameFile(a: Print, b: Print): boolean {
  return a.dev === b.dev && a.ino === b.ino
}
