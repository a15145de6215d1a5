import { EventEmitter, once } from 'node:events'
import { execute } from '../../encoder/cli/execute.ts'
import { plain, type Output, type Terminal } from '../../shared/cli/terminal.ts'
import type { CommandResult } from './command.ts'

/** Runs `greenroom-encoder` with these words to its end, in this process. */
export async function runEncoderHere(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
  const texts = { stdout: '', stderr: '' }
  const output = (name: keyof typeof texts): Output => ({ write: (text) => void (texts[name] += text), isTTY: false, columns: 80, style: plain })
  const code = await execute(words, { out: output('stdout'), err: output('stderr'), env, onInterrupt: () => () => {} })
  return { code, ...texts }
}

/** A command at a terminal of the test's own. */
export interface AtTerminal {
  readonly code: Promise<number>
  /** The lines as a person sees them now. */
  screen(): string
  interrupt(): void
  /** Resolves at the next write. */
  written(): Promise<unknown>
}

export function runAtTerminal(words: readonly string[], { columns = 100, rows = 30 }: { readonly columns?: number; readonly rows?: number } = {}): AtTerminal {
  const writes = new EventEmitter()
  let interrupt: () => void = () => {}
  let text = ''
  const out: Output = {
    write(more) {
      text += more
      writes.emit('write')
    },
    isTTY: true, columns, rows, style: plain,
  }
  const terminal: Terminal = {
    out, err: out, env: { LANG: 'C.UTF-8' },
    onInterrupt(listener) {
      interrupt = listener
      return () => {}
    },
  }
  return { code: execute(words, terminal), screen: () => shown(text), interrupt: () => interrupt(), written: () => once(writes, 'write') }
}

const ESCAPE = String.fromCodePoint(27)
const PIECES = new RegExp(`(${ESCAPE}\\[\\d*[AJK]|\\n)`)

/** What a terminal shows after this text: lines, cursor up (`\e[nA`), clear to the end of line or screen. */
export function shown(text: string): string {
  const lines: string[] = ['']
  let at = 0
  for (const piece of text.split(PIECES)) {
    const command = piece.startsWith(ESCAPE) ? piece.at(-1) : undefined
    if (command === 'A') at = Math.max(0, at - Number(piece.slice(2, -1)))
    else if (command === 'J') lines.length = at + 1
    else if (piece === '\n') at += 1
    else if (command === undefined && piece !== '') lines[at] = piece
    lines[at] ??= ''
  }
  return lines.join('\n')
}
