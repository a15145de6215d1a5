import type { Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'

const KEPT = 4096
const LINES = 5
const LINE_LENGTH = 200

/** Reads all of a program's output and keeps its end, in bounded memory. */
export function outputTail(stream: Readable): { text(): string } {
  let kept = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => (kept = (kept + chunk).slice(-KEPT)))
  return {
    /** `: ` and the last lines in one, fit for logs and terminals; '' where there was no output. */
    text() {
      const lines = printable(kept).split('\n').map((line) => line.trim()).filter((line) => line !== '')
      const last = lines.slice(-LINES).map((line) => (line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}…` : line))
      return last.length === 0 ? '' : `: ${last.join(' | ')}`
    },
  }
}

function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[^\P{C}\n]/gu, ' ')
}
