import { ConfigSyntaxError } from './syntax-error.ts'
import { tokenize, type Token } from './tokens.ts'

/** `name arguments;` or `name arguments { … }`. */
export interface Directive {
  readonly name: string
  /** The arguments as Nginx takes them, unquoted and unescaped. */
  readonly args: readonly string[]
  /** The name and the arguments as tokens, with their positions. */
  readonly words: readonly Token[]
  /** The `;` or `{` after the words. */
  readonly opened: Token
  /** What stands in the block; null where there is none. */
  readonly block: readonly Directive[] | null
  /** The `}`; null where there is no block. */
  readonly closed: Token | null
  readonly line: number
  /** Offsets in the text, from the name to the `;` or `}`, without what stands before. */
  readonly start: number
  readonly end: number
}

/** A configuration file as a tree that keeps every character. */
export interface Document {
  readonly directives: readonly Directive[]
  /** White space and comments after the last directive. */
  readonly tail: string
}

/** Parses a configuration text. Throws ConfigSyntaxError, which names `file`, where Nginx could not read it. */
export function parse(text: string, file: string | null = null): Document {
  const { tokens, tail } = tokenize(text, file)
  const lastLine = tokens.at(-1)?.line ?? 1
  let at = 0

  return { directives: readBlock(null), tail }

  function readBlock(opened: Token | null): Directive[] {
    const directives: Directive[] = []
    for (;;) {
      const token = tokens[at]
      if (token === undefined) {
        if (opened === null) return directives
        throw new ConfigSyntaxError(file, lastLine, `the text ends, but the "{" of line ${opened.line} is not closed`)
      }
      if (token.kind === '}') {
        if (opened === null) throw new ConfigSyntaxError(file, token.line, 'unexpected "}"')
        return directives
      }
      directives.push(readDirective(token))
    }
  }

  function readDirective(first: Token): Directive {
    if (first.kind !== 'word') throw new ConfigSyntaxError(file, first.line, `unexpected "${first.raw}"`)
    const words: Token[] = []
    let token: Token | undefined = first
    while (token?.kind === 'word') {
      words.push(token)
      at += 1
      token = tokens[at]
    }
    if (token === undefined) throw new ConfigSyntaxError(file, lastLine, `the text ends, but the directive "${first.value}" of line ${first.line} has no ";"`)
    if (token.kind === '}') throw new ConfigSyntaxError(file, token.line, `unexpected "}": the directive "${first.value}" has no ";"`)
    // OpenResty reads such a block as Lua, with rules of its own: taken for Nginx text it would be cut in the wrong places.
    if (token.kind === '{' && first.value.endsWith('_by_lua_block')) throw new ConfigSyntaxError(file, first.line, `"${first.value}" holds Lua, which is not read here`)
    at += 1
    const opened = token
    const block = opened.kind === '{' ? readBlock(opened) : null
    const closed = block === null ? null : tokens[at]!
    if (closed !== null) at += 1
    return {
      name: first.value,
      args: words.slice(1).map((word) => word.value),
      words,
      opened,
      block,
      closed,
      line: first.line,
      start: first.start,
      end: (closed ?? opened).end,
    }
  }
}
