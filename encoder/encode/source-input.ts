import { SOURCE_OPTIONS } from '../probe/input-options.ts'
import type { CommandInput } from './command.ts'

/** The source as an input: a plain path, and nothing it names is followed. `options` stand before it. */
export function sourceInput(path: string, options: readonly string[] = []): CommandInput {
  // How much damage is too much is decided by its count, not by ffmpeg's own limit of two thirds.
  return { options: ['-max_error_rate', '1', ...SOURCE_OPTIONS, ...options], url: `file:${path}` }
}
