import { ConfigSyntaxError } from './syntax-error.ts'

/** One token of an Nginx configuration, with all that stands before it, so that tokens joined give the text again. */
export interface Token {
  readonly kind: 'word' | ';' | '{' | '}'
  /** White space and comments between the token before and this one. */
  readonly before: string
  /** As written, quotes and escapes included. */
  readonly raw: string
  /** For a word: what Nginx takes it to be, unquoted and unescaped. */
  readonly value: string
  /** Offsets of `raw` in the text. */
  readonly start: number
  readonly end: number
  /** Line of its first character, from 1. */
  readonly line: number
}

export interface Tokens {
  readonly tokens: readonly Token[]
  /** White space and comments after the last token. */
  readonly tail: string
}

const isSpace = (char: string) => char === ' ' || char === '\t' || char === '\r' || char === '\n'

/**
 * Cuts a text into tokens by the rules of Nginx's own ngx_conf_read_token: a quote or `#` counts only where a word
 * begins, `\` takes the next character along, and `{` right after `$` belongs to the word.
 * Throws ConfigSyntaxError where Nginx would.
 */
export function tokenize(text: string, file: string | null = null): Tokens {
  const tokens: Token[] = []
  let at = 0
  let line = 1
  let beforeStart = 0

  const push = (kind: Token['kind'], start: number, startLine: number, value: string) => {
    tokens.push({ kind, before: text.slice(beforeStart, start), raw: text.slice(start, at), value, start, end: at, line: startLine })
    beforeStart = at
  }
  const step = () => {
    if (text[at] === '\n') line += 1
    at += 1
  }

  while (at < text.length) {
    const char = text[at]!
    if (isSpace(char)) {
      step()
    } else if (char === '#') {
      while (at < text.length && text[at] !== '\n') step()
    } else if (char === ';' || char === '{' || char === '}') {
      at += 1
      push(char, at - 1, line, char)
    } else {
      readWord(char)
    }
  }
  return { tokens, tail: text.slice(beforeStart) }

  function readWord(first: string): void {
    const start = at
    const startLine = line
    if (first === '"' || first === "'") {
      step()
      while (at < text.length && text[at] !== first) {
        if (text[at] === '\\') step()
        if (at < text.length) step()
      }
      if (at >= text.length) throw new ConfigSyntaxError(file, startLine, `the quote ${first} is not closed`)
      step()
      const next = text[at]
      // Nginx lets `)` follow a quote, for `if ($a = "b")`; it then begins a word of its own.
      if (next !== undefined && !isSpace(next) && next !== ';' && next !== '{' && next !== ')') {
        throw new ConfigSyntaxError(file, line, `unexpected "${next}" right after a quoted word`)
      }
      push('word', start, startLine, unescape(text.slice(start + 1, at - 1)))
      return
    }
    let variable = false
    while (at < text.length) {
      const char = text[at]!
      if (char === '{' && variable) {
        step()
        continue
      }
      variable = false
      if (char === '\\') {
        step()
        if (at < text.length) step()
        continue
      }
      if (char === '$') variable = true
      else if (isSpace(char) || char === ';' || char === '{') break
      step()
    }
    push('word', start, startLine, unescape(text.slice(start, at)))
  }
}

const CONTROL: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' }

function unescape(raw: string): string {
  return raw.replaceAll(/\\(["'\\trn])/g, (_, char: string) => CONTROL[char] ?? char)
}
