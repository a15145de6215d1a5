import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** One line on standard output; styled on a terminal only (NO_COLOR holds). */
export function print(text = '', style?: Style): void {
  process.stdout.write(`${style === undefined ? text : styleText(style, text, { stream: process.stdout })}\n`)
}

export function verdict(ok: boolean, title: string): void {
  print(`${ok ? '✓' : '✗'} ${title}`, ok ? 'green' : 'red')
}

/** `12345.6` → `12,346` */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
