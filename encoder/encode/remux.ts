import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncDirectory } from '../../shared/files/atomic.ts'
import { JobError } from '../job-errors.ts'
import { type FfmpegRun, runFfmpeg } from './ffmpeg.ts'
import { remuxCommand } from './remux-command.ts'

export interface Remux extends Pick<FfmpegRun, 'tools' | 'signal' | 'stallMs' | 'mark' | 'onProgress'> {
  readonly source: string
  /** Matroska file; it appears when it is whole. */
  readonly target: string
  readonly late_s: number | null
}

/**
 * Copies a source whose timestamps jump, or whose tracks are told too late, into Matroska, where they do not and are not. All that was known of the source is to be
 * looked at again in the copy: its origin, time base, key frames and stream numbers are others.
 */
export async function remuxToMatroska({ source, target, late_s, ...run }: Remux): Promise<void> {
  const temporary = `${target}.tmp`
  const copy = (subtitles: boolean) => runFfmpeg({ ...run, args: remuxCommand({ source, target: temporary, subtitles, late_s }), label: 'copying the source to put its times in order' })
  try {
    await copy(true).catch(async (error: unknown) => {
      if (!(error instanceof JobError) || error.code !== 'tool_failed') throw error
      // Matroska has no place for some kinds of subtitles (teletext); they must not stand in the way of the rest.
      await copy(false)
    })
    await using file = await open(temporary, 'r')
    await file.sync()
    await rename(temporary, target)
    await syncDirectory(dirname(target))
  } finally {
    await rm(temporary, { force: true })
  }
}
