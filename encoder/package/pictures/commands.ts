import { commandWords } from '../../encode/command.ts'
import type { PicturesPlan, Rung } from '../../plan/plan.ts'
import { toneMap } from '../../plan/tone-map.ts'

/** Segments joined behind their header, read as one file; paths relative to the working directory. */
export interface JoinedInput {
  readonly init: string
  readonly segments: readonly string[]
}

/** The one picture at `time_s`, in the rung's own size. */
export function posterCommand(input: JoinedInput, rung: Pick<Rung, 'range'>, time_s: number, target: string): string[] {
  const filters = [...toSdr(rung), `select=gte(t\\,${time_s.toFixed(6)})`, toJpeg('')]
  return command(input, ['-copyts'], ['-vf', filters.join(','), '-q:v', '3'], target)
}

/** The key frames of all segments as tiles of one picture. Decoding nothing else costs about a hundredth of encoding. */
export function spriteCommand(input: JoinedInput, rung: Pick<Rung, 'range'>, plan: NonNullable<PicturesPlan['storyboard']>, target: string): string[] {
  const rows = Math.ceil(input.segments.length / plan.columns)
  const filters = [...toSdr(rung), toJpeg(`${plan.tile_width}:${plan.tile_height}:`), `tile=${Math.min(plan.columns, input.segments.length)}x${rows}`]
  return command(input, ['-skip_frame', 'nokey'], ['-vf', filters.join(','), '-q:v', '5'], target)
}

function command({ init, segments }: JoinedInput, before: readonly string[], options: readonly string[], target: string): string[] {
  const url = `concat:${[init, ...segments].join('|')}`
  return commandWords({
    inputs: [{ options: ['-xerror', '-threads', '1', '-protocol_whitelist', 'concat,file', '-f', 'mp4', ...before], url }],
    outputs: [{ options: ['-map', '0:v:0', ...options, '-fps_mode', 'passthrough', '-frames:v', '1', '-map_metadata', '-1', '-f', 'mjpeg'], target: `file:${target}` }],
  })
}

/** JPEG has the matrix of BT.601 and full range; our pictures have BT.709 and limited. */
function toJpeg(size: string): string {
  return `scale=${size}in_color_matrix=bt709:in_range=tv:out_color_matrix=bt601:out_range=pc,format=yuvj420p`
}

function toSdr({ range }: Pick<Rung, 'range'>): string[] {
  return range === 'sdr' ? [] : toneMap({ hdr: range, range: 'limited', max_content_light: null, mastering_peak: null })
}
