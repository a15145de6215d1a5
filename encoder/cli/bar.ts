import type { Terminal } from '../../shared/cli/terminal.ts'

/** Draws a share from 0 to 1 over so many characters. */
export type Bar = (share: number, width: number) => string

/** Blocks where the locale can show them. */
export function barFor(env: Terminal['env']): Bar {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  const [full, empty] = /utf-?8/i.test(locale) ? ['█', '░'] : ['#', '-']
  return (share, width) => {
    const filled = Math.floor(Math.min(1, Math.max(0, share)) * width)
    return full.repeat(filled) + empty.repeat(width - filled)
  }
}
