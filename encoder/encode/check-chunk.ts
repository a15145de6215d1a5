import { JobError, jobErrors } from '../job-errors.ts'
import type { Chunk, Grid } from '../plan/plan.ts'
import type { MeasuredInit, MeasuredSegment } from './measure.ts'

/** The segments of a chunk in one rung, in order. */
export interface MeasuredRung {
  readonly init: MeasuredInit
  readonly segments: readonly MeasuredSegment[]
}

/** Checks that a chunk holds exactly the frames it is to hold, each segment at its place on the grid, alike in all rungs. Answers the frames. */
export function checkChunk(chunk: Chunk, grid: Grid, rungs: readonly MeasuredRung[]): number {
  const counts = rungs.map((rung) => checkRung(chunk, grid, rung))
  const [frames = 0] = counts
  if (counts.some((count) => count !== frames)) throw fault(chunk, `the rungs have different numbers of frames: ${counts.join(', ')}`)
  const planned = chunk.end_frame === null ? null : chunk.end_frame - chunk.first_frame
  if (planned !== null && frames !== planned) {
    throw new JobError(jobErrors.framesMissing, `Chunk ${chunk.index} has ${frames} frames instead of ${planned}`, 'It is made again.', { chunk: chunk.index, frames, planned })
  }
  return frames
}

function checkRung(chunk: Chunk, grid: Grid, { init, segments }: MeasuredRung): number {
  const name = init.made.rendition
  if (init.made.timescale !== grid.timescale) throw fault(chunk, `${name} counts in 1/${init.made.timescale} s instead of 1/${grid.timescale} s`)
  let frames = 0
  for (const [index, { made, boxes }] of segments.entries()) {
    const where = `segment ${made.number} of ${name}`
    const start = (chunk.first_frame + index * grid.segment_frames) * grid.frame_ticks
    if (made.start_ticks !== start) throw fault(chunk, `${where} starts at tick ${made.start_ticks} instead of ${start}`)
    if (boxes.sequence !== made.number + 1) throw fault(chunk, `${where} is the fragment ${boxes.sequence}`)
    if (boxes.samples.some(({ sync }, sample) => sync !== (sample === 0))) throw fault(chunk, `${where} does not have its one key frame at its start`)
    if (made.duration_ticks !== made.frames * grid.frame_ticks) throw fault(chunk, `${where} lasts ${made.duration_ticks} ticks with ${made.frames} frames`)
    const open = index === segments.length - 1
    if (made.frames !== grid.segment_frames && !(open && made.frames < grid.segment_frames)) throw fault(chunk, `${where} has ${made.frames} frames`)
    frames += made.frames
  }
  return frames
}

function fault(chunk: Chunk, what: string): JobError {
  return new JobError(jobErrors.chunkInvalid, `Chunk ${chunk.index} does not pass its checks: ${what}`, 'It is made again.', { chunk: chunk.index })
}
