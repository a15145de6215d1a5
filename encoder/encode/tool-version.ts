export interface ToolVersion {
  readonly major: number
  /** As the program says it: `5.1.9-0+deb12u1`, `n9.0.2-17-g2a571b6068`, `N-109468-gd39b34123d`. */
  readonly text: string
}

/** libavutil 57 came with ffmpeg 5, 58 with 6, and so on: what tells a development build, which has no number of its own. */
const UTIL_AHEAD = 52

/** Reads the output of `ffmpeg -version` or `ffprobe -version`; undefined when it is neither. */
export function parseVersion(output: string): ToolVersion | undefined {
  const text = /^ff(?:mpeg|probe) version (\S+)/.exec(output)?.[1]
  if (text === undefined) return undefined
  const release = /^n?(\d{1,2})\.\d/.exec(text)?.[1]
  if (release !== undefined) return { major: Number(release), text }
  const util = /^libavutil\s+(\d+)\./m.exec(output)?.[1]
  return { major: util === undefined ? Number.POSITIVE_INFINITY : Number(util) - UTIL_AHEAD, text }
}
