import { stripVTControlCharacters } from 'node:util'

export interface Row {
  readonly cells: readonly string[]
  /** Lines below the row, indented. */
  readonly notes?: readonly string[]
}

/** The characters a cell takes on the screen, colours not counted. */
function widthOf(text: string): number {
  return Array.from(stripVTControlCharacters(text)).length
}

/** Breaks a text at spaces, and a word that is wider than the line anywhere; colours may not span a break. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (let word of text.split(' ')) {
    while (widthOf(word) > width) {
      const room = line === '' ? width : width - widthOf(line) - 1
      if (room < 8 && line !== '') {
        lines.push(line)
        line = ''
        continue
      }
      const characters = Array.from(word)
      lines.push(line === '' ? characters.slice(0, room).join('') : `${line} ${characters.slice(0, room).join('')}`)
      line = ''
      word = characters.slice(room).join('')
    }
    if (line === '') line = word
    else if (widthOf(line) + 1 + widthOf(word) <= width) line += ` ${word}`
    else {
      lines.push(line)
      line = word
    }
  }
  lines.push(line)
  return lines
}

/**
 * Aligned columns with two spaces between; the last column takes the rest of the width and wraps.
 * A table whose other columns are already too wide keeps them whole: a name cut short helps nobody.
 */
export function table(header: readonly string[], rows: readonly Row[], columns: number): string {
  const all = [header, ...rows.map((row) => row.cells)]
  const last = header.length - 1
  const widths = header.map((_, index) => Math.max(...all.map((cells) => widthOf(cells[index] ?? ''))))
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0)
  const room = Math.max(columns - before, 16)
  const layout = (cells: readonly string[]) => {
    const fixed = cells.slice(0, last).map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - widthOf(cell) + 2))
    const [first = '', ...more] = widthOf(cells[last] ?? '') <= room ? [cells[last] ?? ''] : wrap(cells[last] ?? '', room)
    return [fixed.join('') + first, ...more.map((line) => ' '.repeat(before) + line)]
  }
  const lines = [...layout(header)]
  for (const row of rows) {
    lines.push(...layout(row.cells))
    for (const note of row.notes ?? []) lines.push(...wrap(note, Math.max(columns - 4, 16)).map((line) => `    ${line}`))
  }
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}
