import { JobError, jobErrors } from '../../job-errors.ts'
import { scriptName } from './script.ts'

/** Share of characters that may be none of a text's: a log with a few odd bytes is still text. */
const ODD = 0.02
/** Latin-1 and the like decode as UTF-8 with replacements for letters with accents. */
const FOREIGN = 0.3

/** Throws `playlist` for a text (or what begins like one) that names other files, `text_file` for any other text. */
export function refuseText(head: Buffer): void {
  const text = decode(head)
  const script = scriptName(text)
  if (script !== undefined) {
    throw new JobError(jobErrors.playlist, `it is ${script} that names other files; nothing it names was read`, 'Drop the media files themselves.')
  }
  if (!isText(head, text)) return
  const captions = captionsName(text)
  if (captions !== undefined) {
    throw new JobError(jobErrors.textFile, `it is a captions file (${captions}), not media`, 'Name it like its video, <video>.<language>.srt or .vtt, and drop it beside the video, before the video.')
  }
  throw new JobError(jobErrors.textFile, `it is text, not media: it begins with ${JSON.stringify(beginning(text))}`, 'Check what was dropped; a download may have saved an error page under the name of a video.')
}

function decode(head: Buffer): string {
  const [a, b] = head
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le').decode(head)
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be').decode(head)
  return new TextDecoder('utf-8').decode(head)
}

function isText(head: Buffer, text: string): boolean {
  const utf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)
  if (!utf16 && head.includes(0)) return false
  const controls = text.match(/\p{Cc}/gu)?.length ?? 0
  const spaces = text.match(/[\t\n\f\r]/g)?.length ?? 0
  const foreign = text.match(/\uFFFD/g)?.length ?? 0
  return controls - spaces <= ODD * text.length && foreign <= FOREIGN * text.length
}

function captionsName(text: string): string | undefined {
  if (/^\uFEFF?WEBVTT/.test(text)) return 'WebVTT'
  if (/^\uFEFF?\s*\d+\s*\n\d+:\d\d:\d\d[,.]\d+ --> /.test(text)) return 'SubRip'
  if (/^\uFEFF?\[Script Info\]/i.test(text)) return 'SubStation Alpha'
  return undefined
}

function beginning(text: string): string {
  const line = text.trimStart().split('\n', 1)[0]?.trim() ?? ''
  return line.length > 60 ? `${line.slice(0, 60)}…` : line
}
