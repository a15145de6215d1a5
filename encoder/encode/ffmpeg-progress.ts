/** One report of `-progress`, about twice a second. */
export interface FfmpegProgress {
  /** Frames of the first video output written so far. */
  readonly frame: number
  /** How far the furthest output is, microseconds; null before anything was written. */
  readonly out_time_us: number | null
  /** Media seconds per second; null until it is known. */
  readonly speed: number | null
}

/** Takes ffmpeg's `key=value` lines as they come, in any pieces, and tells each report once it is whole. */
export function progressReader(tell: (progress: FfmpegProgress) => void): (text: string) => void {
  let rest = ''
  let values = new Map<string, string>()
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const at = line.indexOf('=')
      if (at < 0) continue
      values.set(line.slice(0, at), line.slice(at + 1).trim())
      if (!line.startsWith('progress=')) continue
      tell({
        frame: number(values.get('frame')) ?? 0,
        out_time_us: number(values.get('out_time_us')),
        speed: number(values.get('speed')?.replace(/x$/, '')),
      })
      values = new Map()
    }
  }
}

function number(text: string | undefined): number | null {
  return text !== undefined && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) ? Number(text) : null
}
