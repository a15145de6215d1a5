import { commandWords } from './command.ts'
import { sourceInput } from './source-input.ts'

/** What is read, and kept in memory, to find tracks that begin late. */
const DEEPEST = '500M'
/** Beyond the begin of the last track, so that its codec can be told. */
const BEYOND_S = 10

export interface RemuxCommand {
  readonly source: string
  readonly target: string
  readonly subtitles: boolean
  /** Second at which the last track begins that is not told in front (Facts.late_s). */
  readonly late_s: number | null
}

/** The same pictures and sounds in Matroska, their times put in order: without -copyts ffmpeg takes jumps out, and Matroska keeps none of them. */
export function remuxCommand({ source, target, subtitles, late_s }: RemuxCommand): string[] {
  const streams = ['0:V?', '0:a?', ...(subtitles ? ['0:s?'] : [])]
  const deep = late_s === null ? [] : ['-probesize', DEEPEST, '-analyzeduration', `${Math.ceil(late_s + BEYOND_S)}000000`]
  return commandWords({
    inputs: [sourceInput(source, ['-fflags', '+genpts', ...deep])],
    outputs: [{ options: [...streams.flatMap((stream) => ['-map', stream]), '-c', 'copy', '-f', 'matroska'], target }],
  })
}
