import type { Chunk, Rung, VideoPlan } from '../plan/plan.ts'
import { formatRational, toNumber } from '../rational.ts'
import { commandWords } from './command.ts'
import { encoderOptions } from './encoder-options.ts'
import { INIT, PLAYLIST, SEGMENT_PATTERN } from './made-names.ts'
import { OWN_TIMES, sourceInput } from './source-input.ts'

export interface VideoCommand {
  readonly plan: VideoPlan
  readonly source: string
  /** Where it starts. */
  readonly chunk: Pick<Chunk, 'first_frame' | 'first_segment'>
  /** Key packet to seek to, in ticks; null: from the start of the file. */
  readonly seek_pts: number | null
  /** The frame after the last one; null: to the end of the source. */
  readonly end_frame: number | null
}

/** One ffmpeg that decodes once and encodes every rung, into `<rung>/s00012.m4s` and so on below its working directory. The recipe is CHUNKS.md's, the same for all versions. */
export function videoCommand(command: VideoCommand): string[] {
  const { plan, source, chunk } = command
  return commandWords({
    inputs: [sourceInput(source, seekOptions(command))],
    graph: graph(command),
    outputs: plan.rungs.map((rung, index) => ({ options: rungOptions(plan, rung, index, chunk), target: `${rung.id}/${PLAYLIST}` })),
  })
}

/** What an ffmpeg must have been built with for it. */
export function neededFor({ rungs, common_filters, deinterlace }: VideoPlan): { readonly encoders: ReadonlySet<string>; readonly filters: ReadonlySet<string> } {
  const filters = [...common_filters, ...rungs.flatMap((rung) => rung.filters), ...(deinterlace === null ? [] : ['bwdif'])]
  return {
    encoders: new Set(rungs.map(({ codec }) => (codec === 'h264' ? 'libx264' : 'libx265'))),
    filters: new Set(filters.map((filter) => filter.replace(/[=@].*/s, ''))),
  }
}

/** The source's own times, so that each start rounds them to the same grid. */
function seekOptions({ plan, seek_pts }: VideoCommand): string[] {
  const tick = toNumber(plan.time_base)
  // The command line goes 3/23 s before what it is told when the stream reorders pictures. Where an index is missing, only a second before is sure to be before the key frame.
  const seconds = seek_pts === null ? null : seek_pts * tick + (plan.seek === 'near' ? 0.14 : -1)
  // A picture of another size would begin the graph anew, and its start_time=0 fill all that was before with copies.
  const always = [...OWN_TIMES, '-reinit_filter', '0']
  if (seconds === null || seconds <= plan.origin_pts * tick) return always
  return [...always, '-noaccurate_seek', '-seek_timestamp', '1', '-ss', seconds.toFixed(6)]
}

function graph({ plan, chunk, end_frame }: VideoCommand): string {
  const first = chunk.first_frame === 0
  const decoded = [
    `setpts=PTS-(${plan.origin_pts})`,
    // Where pictures change their size, those of the first one's size pass untouched; interl=-1: fields stay apart.
    `scale=${plan.width}:${plan.height}:interl=-1`,
    // After setpts, since it halves the time base.
    ...(plan.deinterlace === null ? [] : [`bwdif=mode=send_frame:deint=${plan.deinterlace === 'all' ? 'all' : 'interlaced'}`]),
    ...(plan.source_rate === null ? [] : [`fps=${formatRational(plan.source_rate)}:eof_action=pass${first ? ':start_time=0' : ''}`]),
    // start_time elsewhere than at the start would fill a loss with doubled pictures, and hide it.
    `fps=${formatRational(plan.grid.frame_rate)}:eof_action=pass${first ? ':start_time=0' : ''}`,
    // Bounded, so that a video that ends before its time still comes out short.
    ...(plan.hold_frames > 0 ? [`tpad=stop_mode=clone:stop=${plan.hold_frames}`] : []),
    `trim=start_pts=${chunk.first_frame}${end_frame === null ? '' : `:end_pts=${end_frame}`}`,
    ...plan.common_filters,
  ]
  const one = plan.rungs.length === 1
  const ends = plan.rungs.map((_, index) => `[s${index}]`)
  const head = `[0:${plan.stream_index}]${decoded.join(',')}`
  const rungs = plan.rungs.map((rung, index) => `${one ? '' : ends[index]}${rungFilters(rung)}[o${index}]`)
  return one ? `${head},${rungs.join('')}` : [`${head},split=${ends.length}${ends.join('')}`, ...rungs].join(';')
}

function rungFilters({ filters, width, height, pixel_format }: Rung): string {
  return [...filters, `scale=${width}:${height}:flags=bicubic`, 'setsar=1', `format=${pixel_format}`].join(',')
}

function rungOptions({ grid }: VideoPlan, rung: Rung, index: number, chunk: VideoCommand['chunk']): string[] {
  const segment_s = (grid.segment_frames * grid.frame_rate.den) / grid.frame_rate.num
  const movie = ['movflags=+cmaf+frag_discont+skip_sidx', 'use_editlist=1', `fragment_index=${chunk.first_segment + 1}`, `video_track_timescale=${grid.timescale}`]
  return [
    '-map', `[o${index}]`, ...encoderOptions(rung, grid), '-fps_mode', 'passthrough', '-map_metadata', '-1', '-map_chapters', '-1',
    // Times as they are: else the first chunk alone would begin two frames late.
    '-avoid_negative_ts', 'disabled',
    // A file appears under its name when it is whole (temp_file), one for each key frame.
    '-f', 'hls', '-hls_segment_type', 'fmp4', '-hls_flags', 'temp_file', '-hls_time', String(Math.min(0.5, segment_s / 2)), '-hls_list_size', '0', '-hls_playlist_type', 'vod',
    '-start_number', String(chunk.first_segment), '-hls_fmp4_init_filename', INIT, '-hls_segment_filename', `${rung.id}/${SEGMENT_PATTERN}`,
    '-hls_segment_options', movie.join(':'),
  ]
}
