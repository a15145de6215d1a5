import { styleText } from 'node:util'

const INDENT = '    '

type Style = Parameters<typeof styleText>[0]

/** One line on standard output; styled on a terminal only (NO_COLOR holds). */
export function print(text = '', style?: Style): void {
  process.stdout.write(`${style === undefined ? text : styleText(style, text, { stream: process.stdout })}\n`)
}

export function verdict(ok: boolean, title: string): void {
  print(`${ok ? '✓' : '✗'} ${title}`, ok ? 'green' : 'red')
}

/** A paragraph under a verdict, indented and broken at words. */
export function note(text: string): void {
  const width = Math.min(process.stdout.columns ?? 120, 140) - INDENT.length
  for (const paragraph of text.split('\n')) {
    let line = ''
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        print(`${INDENT}${line}`, 'dim')
        line = word
      } else line = line === '' ? word : `${line} ${word}`
    }
    print(`${INDENT}${line}`, 'dim')
  }
}

/** `12345.6` → `12,346` */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
