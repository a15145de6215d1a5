import type { Fence } from './encode/fence/fence.ts'

/** The programs that do the work, looked at once: which they are, and what they can do. */
export interface Tools {
  readonly ffmpeg: string
  readonly ffprobe: string
  /** Major version of ffmpeg: 5 for 5.1.9. A development build counts as the newest. */
  readonly major: number
  readonly version: string
  readonly encoders: ReadonlySet<string>
  readonly filters: ReadonlySet<string>
  /** Words in front of a program that ties its life to ours (`setpriv --pdeathsig KILL`); empty where this host has none. */
  readonly launcher: readonly string[]
  /** What the fence around ffmpeg and ffprobe can hold on this host; null: they run without. */
  readonly fence: Fence | null
}
