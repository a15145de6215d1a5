import { commandWords } from '../../encode/command.ts'
import { OWN_TIMES, sourceInput } from '../../encode/source-input.ts'
import { type Rational, toNumber } from '../../rational.ts'

/** Room before the first frame, so that no time is negative on its way: WebVTT cannot say it. */
export const HEADROOM_MS = 1_000_000

export interface ExtractedTrack {
  readonly stream_index: number
  readonly path: string
}

/**
 * The ffmpeg that writes text tracks as WebVTT, all in one pass over the file. Their times come out counted from
 * `origin`, later by the headroom; `-copyts` keeps them what they are in the file until then.
 */
export function extractCommand(source: string, origin: Rational, tracks: readonly ExtractedTrack[]): string[] {
  const offset = (HEADROOM_MS / 1000 - toNumber(origin)).toFixed(6)
  return commandWords({
    inputs: [sourceInput(source, OWN_TIMES)],
    outputs: tracks.map(({ stream_index, path }) => ({
      options: ['-map', `0:${stream_index}`, '-c:s', 'webvtt', '-map_metadata', '-1', '-avoid_negative_ts', 'disabled', '-output_ts_offset', offset, '-f', 'webvtt'],
      target: `file:${path}`,
    })),
  })
}
