import { placeIn } from './fault.ts'

/**
 * The line of each place in a TOML text, from 1. The TOML parser tells no positions, so this reads the text once
 * more, for keys only; the text is known to be valid.
 */
export function positionsOf(text: string): Map<string, number> {
  const lines = new Map<string, number>()
  /** Number of tables so far in each array of tables. */
  const tables = new Map<string, number>()
  let at = 0
  let line = 1
  let table = ''

  const note = (place: string) => lines.has(place) || lines.set(place, line)
  const skip = (pattern: RegExp) => {
    pattern.lastIndex = at
    const skipped = pattern.exec(text)?.[0] ?? ''
    at += skipped.length
    line += skipped.split('\n').length - 1
    return skipped
  }
  const skipBlank = () => skip(/(?:[\s,]|#[^\n]*)*/y)

  const readKeys = (): string[] => {
    const keys: string[] = []
    do {
      skip(/[ \t]*\.?[ \t]*/y)
      const raw = skip(/"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+/y)
      keys.push(raw.startsWith('"') ? unescape(raw) : raw.startsWith("'") ? raw.slice(1, -1) : raw)
      skip(/[ \t]*/y)
    } while (text[at] === '.')
    return keys
  }
  /** Goes down from a place by dotted keys; through an array of tables into its last one. */
  const descend = (from: string, keys: readonly string[]) => {
    let place = from
    for (const key of keys) {
      const count = tables.get(place)
      place = placeIn(count === undefined ? place : placeIn(place, count - 1), key)
      note(place)
    }
    return place
  }

  const readValue = (place: string): void => {
    skip(/[ \t]*/y)
    if (text[at] === '[') {
      at += 1
      for (let index = 0; skipBlank(), at < text.length && text[at] !== ']'; index += 1) {
        note(placeIn(place, index))
        readValue(placeIn(place, index))
      }
      at += 1
    } else if (text[at] === '{') {
      at += 1
      while ((skipBlank(), at < text.length && text[at] !== '}')) readPair(place)
      at += 1
    } else {
      // The closing quotes of a multi-line string may be preceded by one or two more.
      skip(/"""(?:[^\\]|\\[^])*?"{3,5}|'''[^]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^,\]}\n#]+/y)
    }
  }
  const readPair = (parent: string) => {
    const place = descend(parent, readKeys())
    skip(/[ \t]*=/y)
    readValue(place)
  }

  skip(/\uFEFF/y)
  while ((skipBlank(), at < text.length)) {
    const before = at
    const opening = skip(/\[\[?/y)
    if (opening === '') {
      readPair(table)
    } else {
      table = descend('', readKeys())
      if (opening === '[[') {
        const index = tables.get(table) ?? 0
        tables.set(table, index + 1)
        table = placeIn(table, index)
        note(table)
      } else if (tables.has(table)) table = placeIn(table, (tables.get(table) ?? 1) - 1)
      skip(/\]\]?/y)
    }
    if (at === before) break
  }
  return lines
}

/** The line of a place, or of the nearest table around it that the text has; undefined when it has none. */
export function lineOf(lines: ReadonlyMap<string, number>, place: string): number | undefined {
  for (let rest = place; rest !== ''; rest = rest.slice(0, Math.max(0, rest.lastIndexOf('.'), rest.lastIndexOf('[')))) {
    const line = lines.get(rest)
    if (line !== undefined) return line
  }
  return undefined
}

/** The text of a TOML basic string; its escapes beyond JSON’s are \e, \x.. and \U........ */
function unescape(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replaceAll(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.))/g, (_, u: string, U: string, x: string, letter: string) => {
      const code = u ?? U ?? x
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16))
      return { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\u001B' }[letter] ?? letter
    })
}
