import { readdirSync, readFileSync } from 'node:fs'
import { openTools } from '../../encoder/encode/open-tools.ts'
import type { Tools } from '../../encoder/tools.ts'
import { FFMPEG, FFMPEG9, FFMPEG9_ABSENT, FFPROBE } from './media/tools.ts'

/** An ffmpeg that tests run on; `skip` says why it cannot be had here. */
export interface TestFfmpeg {
  readonly name: string
  readonly path: string
  readonly skip: string | false
  open(): Promise<Tools>
}

/** The machine's own, Debian's as a rule. */
export const debian: TestFfmpeg = { name: 'ffmpeg of the system', path: FFMPEG, skip: false, open: () => openTools({ ffmpeg: FFMPEG, ffprobe: FFPROBE }) }

/** The static build 9; `GREENROOM_FFMPEG9` names another. It brings no ffprobe: the system's is used. */
const NINE = process.env['GREENROOM_FFMPEG9'] ?? FFMPEG9
export const nine: TestFfmpeg = {
  name: 'ffmpeg 9',
  path: NINE ?? 'ffmpeg9',
  skip: NINE === undefined && FFMPEG9_ABSENT,
  open: () => openTools({ ffmpeg: NINE ?? 'ffmpeg9', ffprobe: FFPROBE }),
}

/** Both, for what depends on the version. */
export const ffmpegs: readonly TestFfmpeg[] = [debian, nine]

/** Processes other than this one whose command line or environment holds this text. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => ['cmdline', 'environ'].some((file) => procFile(pid, file).includes(text)))
    .map(Number)
}

/** '' when the process has gone. */
export function procFile(pid: number | string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}
