/** A directive as Nginx’s own reader (ngx_conf_file.c) sees it; written apart from the code that it checks. */
export interface Seen {
  readonly words: string[]
  readonly block: Seen[] | null
}

/** Reads a whole file; throws where Nginx would. */
export function readAsNginx(text: string): Seen[] {
  let at = 0
  const fail = (what: string): never => {
    throw new Error(`${what} at ${at}: ${JSON.stringify(text.slice(at, at + 20))}`)
  }
  const readBlock = (nested: boolean): Seen[] => {
    const seen: Seen[] = []
    let words: string[] = []
    for (;;) {
      const character = text[at]
      if (character === undefined) {
        if (nested || words.length > 0) fail('unexpected end')
        return seen
      }
      if (' \t\r\n'.includes(character)) at++
      else if (character === '#') at = text.indexOf('\n', at) === -1 ? text.length : text.indexOf('\n', at)
      else if (character === ';' || character === '{') {
        if (words.length === 0) fail('unexpected')
        at++
        seen.push({ words, block: character === '{' ? readBlock(true) : null })
        words = []
      } else if (character === '}') {
        if (!nested || words.length > 0) fail('unexpected')
        at++
        return seen
      } else words.push(character === '"' || character === "'" ? readQuoted(character) : readWord())
    }
  }
  const readQuoted = (quote: string): string => {
    let word = ''
    for (at++; text[at] !== quote; at++) {
      if (text[at] === undefined) fail('unexpected end')
      if (text[at] === '\\') at++
      word += text[at]
    }
    at++
    if (!' \t\r\n;{)'.includes(text[at] ?? 'x')) fail('unexpected after a quote')
    return word
  }
  const readWord = (): string => {
    const start = at
    for (let variable = false; at < text.length; at++) {
      const character = text[at]!
      if (character === '\\') at++
      else if (' \t\r\n;'.includes(character) || (character === '{' && !variable)) break
      variable = character === '$'
    }
    return text.slice(start, at)
  }
  return readBlock(false)
}
