import { commandWords } from './command.ts'
import { sourceInput } from './source-input.ts'

/** The same pictures and sounds in Matroska, their times put in order: without -copyts ffmpeg takes jumps out, and Matroska keeps none of them. */
export function remuxCommand(source: string, target: string, subtitles: boolean): string[] {
  const streams = ['0:V?', '0:a?', ...(subtitles ? ['0:s?'] : [])]
  return commandWords({
    inputs: [sourceInput(source, ['-fflags', '+genpts'])],
    outputs: [{ options: [...streams.flatMap((stream) => ['-map', stream]), '-c', 'copy', '-f', 'matroska'], target }],
  })
}
