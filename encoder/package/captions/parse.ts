import { type Cue, parseClock } from './cue.ts'
import { srtMarkup, vttMarkup, vttSettings } from './markup.ts'

/** What is wrong with a captions file, and in which line. */
export class CaptionsFault extends Error {
  override readonly name = 'CaptionsFault'
  readonly line: number

  constructor(line: number, what: string) {
    super(what)
    this.line = line
  }
}

export interface ParsedCaptions {
  readonly format: 'srt' | 'webvtt'
  /** In the order of the file. */
  readonly cues: readonly Cue[]
  /** What was left out, in words. */
  readonly notes: readonly string[]
}

interface OpenCue {
  readonly start: number
  readonly end: number
  readonly settings: string
  readonly lines: string[]
}

const TIMING = /^[ \t]*(\S+)[ \t]*-->[ \t]*(\S+)(?:[ \t]+(.*))?$/
const INDEX = /^[ \t]*\d+[ \t]*$/

/** SubRip or WebVTT, as strictly as needed to lose nothing, and as kindly as players are. Throws CaptionsFault. */
export function parseCaptions(text: string): ParsedCaptions {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)
  const isVtt = /^WEBVTT(?:[ \t]|$)/.test(lines[0] ?? '')
  const cues: OpenCue[] = []
  const left = new Set<string>()
  for (const block of blocksOf(lines, isVtt ? 1 : 0)) {
    const [first] = block
    if (first === undefined) continue
    if (isVtt && first.number === 2 && !block.some(({ text: line }) => line.includes('-->'))) {
      if (block.some(({ text: line }) => line.startsWith('X-TIMESTAMP-MAP'))) left.add('its X-TIMESTAMP-MAP')
      continue
    }
    const kind = isVtt ? /^(STYLE|REGION|NOTE)(?:[ \t]|$)/.exec(first.text)?.[1] : undefined
    if (kind === undefined) readBlock(block, isVtt, cues)
    else if (kind !== 'NOTE') left.add(kind === 'STYLE' ? 'its styles' : 'its regions')
  }
  if (cues.length === 0) throw new CaptionsFault(1, isVtt ? 'there are no captions in it' : 'it is neither SubRip nor WebVTT: there is no line with times')
  return { format: isVtt ? 'webvtt' : 'srt', cues: cues.map((cue) => finished(cue, isVtt)), notes: left.size === 0 ? [] : [`${[...left].join(' and ')} are left out`] }
}

interface Line {
  readonly number: number
  readonly text: string
}

/** Runs of lines that are not blank. */
function blocksOf(lines: readonly string[], from: number): Line[][] {
  const blocks: Line[][] = [[]]
  for (const [index, text] of lines.entries()) {
    if (index < from) continue
    if (text.trim() === '') blocks.push([])
    else blocks.at(-1)?.push({ number: index + 1, text })
  }
  return blocks.filter((block) => block.length > 0)
}

/** Usually one cue; more where the blank line between them is missing, none where a blank line stands inside a text. */
function readBlock(block: readonly Line[], isVtt: boolean, cues: OpenCue[]): void {
  for (const [index, line] of block.entries()) {
    if (line.text.includes('-->')) {
      cues.push(readTiming(line, isVtt))
      continue
    }
    const beforeTiming = block[index + 1]?.text.includes('-->') === true
    // Number or name of the cue that follows.
    if (beforeTiming && (index === 0 || INDEX.test(line.text))) continue
    const open = cues.at(-1)
    if (open !== undefined) open.lines.push(line.text)
    else if (!INDEX.test(line.text)) throw new CaptionsFault(line.number, `a text stands before the first time: ${shown(line.text)}`)
  }
}

function readTiming({ number, text }: Line, isVtt: boolean): OpenCue {
  const [, from = '', to = '', rest = ''] = TIMING.exec(text) ?? []
  const start = parseClock(from)
  const end = parseClock(to)
  if (start === undefined || end === undefined) throw new CaptionsFault(number, `this is no time: ${shown(text)}`)
  if (end < start) throw new CaptionsFault(number, `the caption ends before it begins: ${shown(text)}`)
  return { start, end, settings: isVtt ? vttSettings(rest) : '', lines: [] }
}

function finished({ start, end, settings, lines }: OpenCue, isVtt: boolean): Cue {
  const text = lines.map((line) => line.trim()).join('\n')
  if (isVtt) return { start, end, settings, text: vttMarkup(text) }
  return { start, end, ...srtMarkup(text) }
}

function shown(text: string): string {
  const short = text.trim()
  return JSON.stringify(short.length > 60 ? `${short.slice(0, 60)}…` : short)
}
