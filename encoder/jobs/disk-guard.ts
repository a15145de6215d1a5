import { statfsSync } from 'node:fs'
import { formatSize } from '../../shared/units/size.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import type { Plan } from '../plan/plan.ts'

/**
 * Keeps the work area's disk from filling. What jobs that run will still write is reserved, so that ENOSPC in the middle
 * of a chunk is the exception that somebody else's writing causes, not the rule.
 */
export class DiskGuard {
  readonly #directory: string
  readonly #minFree: number
  readonly #reserved = new Map<string, number>()

  constructor(directory: string, minFree: number) {
    this.#directory = directory
    this.#minFree = minFree
  }

  /** Bytes that this user may still write. */
  free(): number {
    const { bavail, bsize } = statfsSync(this.#directory)
    return bavail * bsize
  }

  /** Why no source of this size may be taken now; null: it may. */
  refusal(bytes: number): { readonly reason: string; readonly detail: string } | null {
    const free = this.free()
    const left = free - this.#total()
    if (left - bytes >= this.#minFree) return null
    return {
      reason: 'no_space',
      detail: `The work area ${this.#directory} has ${rounded(free)} free, of which running jobs need ${rounded(this.#total())}; ${rounded(this.#minFree)} must stay free (work.min_free). Sources are taken as soon as there is space.`,
    }
  }

  /** Holds space for what a job will write. @throws JobError `no_space` when there is not enough; what other jobs hold counts */
  reserve(job: string, bytes: number): void {
    this.release(job)
    const left = this.free() - this.#total()
    if (left < bytes) {
      throw new JobError(
        jobErrors.noSpace,
        `The work area ${this.#directory} has ${rounded(left)} to spare, and this job is expected to need ${rounded(bytes)}`,
        'Free some space; it goes on by itself.',
        { needed_bytes: bytes, free_bytes: left },
      )
    }
    this.#reserved.set(job, bytes)
  }

  /** Less is still to be written than was held: what was written since is not free any more. */
  lessen(job: string, bytes: number): void {
    if (this.#reserved.has(job)) this.#reserved.set(job, bytes)
  }

  release(job: string): void {
    this.#reserved.delete(job)
  }

  #total(): number {
    return this.#reserved.values().reduce((sum, bytes) => sum + bytes, 0)
  }
}

/** Capped CRF stays below its cap on almost everything; this share of the caps was enough for all of the benchmark's clips. */
const SHARE_OF_CAP = 0.6
/** Playlists, captions, pictures, and the one segment of each rung that is being written. */
const EXTRA_BYTES = 16 * 1024 * 1024

/** Bytes that the rest of a plan is expected to write to the work area, given the share that is done (0 to 1). */
export function expectedBytes({ video, audio, duration_s }: Plan, done: number): number {
  const kbps = (video?.rungs ?? []).reduce((sum, { maxrate_kbps }) => sum + maxrate_kbps * SHARE_OF_CAP, 0) + (audio?.renditions ?? []).reduce((sum, { bitrate_kbps }) => sum + bitrate_kbps, 0)
  return Math.ceil((kbps * 125 * duration_s) * (1 - done)) + EXTRA_BYTES
}

function rounded(bytes: number): string {
  const mib = Math.max(0, Math.round(bytes / 1024 ** 2))
  return formatSize(mib * 1024 ** 2)
}
