import { SOURCE_OPTIONS } from '../probe/input-options.ts'
import type { CommandInput } from './command.ts'

/**
 * Times stay the source's own. With -copyts alone ffmpeg 5 moves a transport stream that begins at exactly 0 with a stream
 * that is not asked for, so that the first of those asked for does; an offset too small to move anything prevents that.
 */
export const OWN_TIMES: readonly string[] = ['-copyts', '-itsoffset', '0.000001']

/** The source as an input: a plain path, and nothing it names is followed. `options` stand before it. */
export function sourceInput(path: string, options: readonly string[] = []): CommandInput {
  // How much damage is too much is decided by its count, not by ffmpeg's own limit of two thirds.
  return { options: ['-max_error_rate', '1', ...SOURCE_OPTIONS, ...options], url: `file:${path}` }
}
