import { JobError, jobErrors } from '../job-errors.ts'
import { commandWords } from './command.ts'
import { type FfmpegRun, runFfmpeg } from './ffmpeg.ts'
import { INIT, segmentName } from './made-names.ts'

export interface DecodeKeys extends Pick<FfmpegRun, 'tools' | 'signal' | 'stallMs' | 'mark'> {
  /** Holds a folder for each rung. */
  readonly directory: string
  readonly chunk: number
  readonly rungs: readonly { readonly id: string; readonly segments: readonly number[] }[]
}

/** Decodes the key frame of each segment in all rungs with one ffmpeg, which must find no fault. That costs about a hundredth of encoding them. */
export async function decodeKeys({ directory, chunk, rungs, ...run }: DecodeKeys): Promise<void> {
  try {
    await runFfmpeg({ ...run, args: keysCommand(rungs), cwd: directory, label: `decoding the key frames of chunk ${chunk}` })
  } catch (error) {
    if (!(error instanceof JobError) || error.code !== 'tool_failed') throw error
    throw new JobError(jobErrors.chunkInvalid, `Chunk ${chunk} cannot be decoded: ${error.message}`, 'It is made again.', { ...error.facts, chunk }, error)
  }
}

export function keysCommand(rungs: DecodeKeys['rungs']): string[] {
  const joined = ({ id, segments }: DecodeKeys['rungs'][number]) => [INIT, ...segments.map(segmentName)].map((name) => `${id}/${name}`).join('|')
  return commandWords({
    inputs: rungs.map((rung) => ({
      options: ['-xerror', '-threads', '1', '-skip_frame', 'nokey', '-protocol_whitelist', 'concat,file', '-f', 'mp4'],
      url: `concat:${joined(rung)}`,
    })),
    outputs: [{ options: [...rungs.flatMap((_, index) => ['-map', `${index}:v:0`]), '-fps_mode', 'passthrough', '-f', 'null'], target: '-' }],
  })
}
