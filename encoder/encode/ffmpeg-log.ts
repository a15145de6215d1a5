import { stripVTControlCharacters } from 'node:util'

const KEPT = 64 * 1024
const LONGEST_LINE = 4096
const LAST_LINES = 4

/** What ffmpeg said on standard error, run with `-loglevel level+…`: its end is kept, in bounded memory, and its faults counted. */
export interface FfmpegLog {
  /** The last 64 KiB or less, control characters removed. */
  readonly tail: string
  readonly error_lines: number
  /** Pictures or packets that could not be decoded whole. */
  readonly damaged: number
}

export interface FfmpegLogReader {
  read(text: string): void
  end(): void
  log(): FfmpegLog
}

// One line for each: «corrupt decoded frame» for a picture with faults that is used all the same, the others for one that is lost.
const DAMAGE = /corrupt decoded frame|Error while decoding stream|Error submitting (?:a )?packet to (?:the )?decoder|Decoding error:/
const REPEATED = /^\s*Last message repeated (\d+) times?/

export function ffmpegLogReader(onDamage: (total: number) => void = () => {}): FfmpegLogReader {
  let rest = ''
  let tail = ''
  let errors = 0
  let damaged = 0
  let last = { error: false, damage: false }

  const take = (line: string) => {
    const repeated = REPEATED.exec(line)?.[1]
    const times = repeated === undefined ? 1 : Number(repeated)
    if (repeated === undefined) last = { error: /\[(?:error|fatal|panic)\] /.test(line), damage: DAMAGE.test(line) }
    if (last.error) errors += times
    if (last.damage) onDamage((damaged += times))
    tail = `${tail}${printable(line)}\n`
    // Cut now and then, not for each line: a damaged source says thousands.
    if (tail.length > 2 * KEPT) tail = tail.slice(-KEPT)
  }

  return {
    read(text) {
      const lines = (rest + text).split(/[\n\r]+/)
      rest = (lines.pop() ?? '').slice(-LONGEST_LINE)
      for (const line of lines) if (line !== '') take(line.slice(0, LONGEST_LINE))
    },
    end() {
      if (rest !== '') take(rest)
      rest = ''
    },
    log: () => ({ tail: tail.slice(-KEPT), error_lines: errors, damaged }),
  }
}

/** The last errors in one line, for messages: what stands before them is the component that spoke. */
export function lastErrors(tail: string): string {
  const lines = tail.split('\n').filter((line) => line.trim() !== '')
  const errors = lines.filter((line) => /\[(?:error|fatal|panic)\] /.test(line))
  const last = (errors.length > 0 ? errors : lines).slice(-LAST_LINES)
  return last.map((line) => line.replace(/\[(?:error|fatal|panic|warning|info)\] /, '').replace(/ @ 0x[0-9a-f]+/g, '').trim().slice(0, 200)).join(' | ')
}

function printable(line: string): string {
  return stripVTControlCharacters(line).replaceAll(/\p{C}/gu, ' ')
}
