/** One of the two streams a command writes to. */
export interface Output {
  readonly write: (text: string) => void
  readonly isTTY: boolean
  /** Width in columns; 80 where there is no terminal. */
  readonly columns: number
  /** Height in lines; unknown where there is no terminal. */
  readonly rows?: number
  readonly style: Style
}

/** The process as a command sees it; a test gives one of its own. */
export interface Terminal {
  readonly out: Output
  readonly err: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** Calls `listener` at the next Ctrl-C; answers with a function that takes it back. */
  onInterrupt(listener: () => void): () => void
}

export interface Style {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
  readonly blue: (text: string) => string
}

export const plain: Style = { bold: String, dim: String, red: String, green: String, yellow: String, blue: String }

const sgr = (start: number, end: number) => (text: string) => `\u001B[${start}m${text}\u001B[${end}m`

export const coloured: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  red: sgr(31, 39),
  green: sgr(32, 39),
  yellow: sgr(33, 39),
  blue: sgr(34, 39),
}

/** Colours are for a person at a terminal who has not asked for none (https://no-color.org). */
export function wantsColour(isTTY: boolean, env: Terminal['env']): boolean {
  return isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
}

function output(stream: NodeJS.WriteStream, env: Terminal['env']): Output {
  const { isTTY } = stream
  return {
    write: (text) => void stream.write(text),
    isTTY,
    get columns() {
      return isTTY && stream.columns > 0 ? stream.columns : 80
    },
    get rows() {
      return isTTY && stream.rows > 0 ? stream.rows : 24
    },
    style: wantsColour(isTTY, env) ? coloured : plain,
  }
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    out: output(process.stdout, process.env),
    err: output(process.stderr, process.env),
    env: process.env,
    onInterrupt(listener) {
      process.once('SIGINT', listener)
      return () => void process.off('SIGINT', listener)
    },
  }
}
