import { toNumber } from '../rational.ts'
import type { VideoFacts } from '../probe/facts.ts'
import type { Chunk, Grid } from './plan.ts'
import { lastAtMost, LEAD_S, seekPoints } from './seek.ts'

export interface ChunkWishes {
  readonly chunk_s: number
  /** Whether the first chunk is short, so that a new asset can be played soon. */
  readonly early: boolean
  /** Whether a key packet's time can be trusted to seek to. */
  readonly seekable: boolean
}

/** Segments of the short first chunk: players like to have three before they start (RFC 8216, 6.3.3). */
const FIRST = 3
/** How far a boundary may move from its place to lie just after a key frame of the source, as a share of a chunk. */
const PLAY = 0.25

type Video = Pick<VideoFacts, 'key_pts' | 'start_pts' | 'time_base'>

/** Cuts the grid into chunks of whole segments. The last is at least half a chunk long (never under the 3 frames that a chunk needs), unless it is the only one. */
export function planChunks(video: Video, grid: Grid, { chunk_s, early, seekable }: ChunkWishes): Chunk[] {
  const total = Math.max(1, Math.ceil(grid.frames / grid.segment_frames))
  const usual = Math.max(1, Math.round((chunk_s * toNumber(grid.frame_rate)) / grid.segment_frames))
  const starts = [0]
  for (let at = 0; ; ) {
    const wish = at === 0 && early ? Math.min(FIRST, usual) : usual
    const rest = total - at - wish
    if (rest < leastTail(at, wish, usual)) break
    at += boundary(video, grid, at, wish, Math.min(wish + Math.floor(PLAY * wish), total - at - leastTail(at, wish, usual)))
    starts.push(at)
  }
  return starts.map((segment, index) => {
    const next = starts[index + 1]
    const first_frame = segment * grid.segment_frames
    return {
      index,
      first_frame,
      end_frame: next === undefined ? null : next * grid.segment_frames,
      first_segment: segment,
      segments: (next ?? total) - segment,
      seek_pts: seekable ? seekPoints(video, first_frame, grid.frame_rate) : [],
    }
  })
}

/** Segments that must remain for a chunk of its own. Two at least: the last may turn out to have a frame fewer than planned. */
function leastTail(at: number, wish: number, usual: number): number {
  return Math.max(2, at === 0 && wish < usual ? wish : Math.ceil(usual / 2))
}

/** Segments from `at` to the boundary near `wish` at which the least is decoded in vain; the nearest to the wish where that is alike. */
function boundary(video: Video, grid: Grid, at: number, wish: number, most: number): number {
  const least = Math.max(1, wish - Math.floor(PLAY * wish))
  let best = wish
  let lowest = Infinity
  for (let segments = least; segments <= most; segments += 1) {
    const segment_s = (grid.segment_frames * grid.frame_rate.den) / grid.frame_rate.num
    // A second decoded in vain weighs as much as ten seconds off the wish.
    const cost = lead(video, (at + segments) * segment_s) + 0.1 * Math.abs(segments - wish) * segment_s
    if (cost < lowest) [best, lowest] = [segments, cost]
  }
  return best
}

/** Seconds from the key frame at which an ffmpeg for this boundary starts, to the boundary. */
function lead({ key_pts, start_pts, time_base }: Video, boundary_s: number): number {
  const tick = toNumber(time_base)
  const key = key_pts[lastAtMost(key_pts, start_pts + (boundary_s - LEAD_S) / tick)] ?? start_pts
  return boundary_s - (key - start_pts) * tick
}
