import { JobError, jobErrors } from '../job-errors.ts'
import type { Facts } from './facts.ts'
import type { PacketPass } from './packets.ts'

/** Headers are rounded, and count the time of captions and of a last picture; a file that was cut lacks more. */
const LEAST_S = 1
const SHARE = 0.02

/**
 * Whether all is there that the header promises: ffmpeg takes a file that was cut for a short one and says nothing.
 * Transport and program streams promise nothing.
 */
export function checkWhole({ container, video }: Facts, { tracks }: PacketPass): void {
  if (container.duration_s === null || video?.jumps.length) return
  const start = Math.min(...starts(tracks))
  const end = Math.max(...ends(tracks))
  // MP4 counts what its edit list puts in front, which no packet fills.
  const real = Math.max(end, end - Math.min(start, container.start_s))
  const missing = container.duration_s - real
  if (missing <= Math.max(LEAST_S, SHARE * container.duration_s)) return
  throw truncated(real, container.duration_s)
}

export function truncated(real: number, claimed: number): JobError {
  return new JobError(
    jobErrors.truncated,
    `it ends at ${real.toFixed(1)} s, though its header says that it lasts ${claimed.toFixed(1)} s: the rest is missing`,
    'Copy it again and drop it again.',
    { at_s: real, claimed_s: claimed },
  )
}

function starts(tracks: PacketPass['tracks']): number[] {
  return [...tracks.values()].flatMap(({ first, timeBase }) => (first === undefined ? [] : [(first * timeBase.num) / timeBase.den]))
}

function ends(tracks: PacketPass['tracks']): number[] {
  return [...tracks.values()].flatMap(({ end, timeBase }) => (end === undefined ? [] : [(end * timeBase.num) / timeBase.den]))
}
