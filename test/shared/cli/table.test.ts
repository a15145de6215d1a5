import t from 'tap'
import { table, wrap } from '../../../shared/cli/table.ts'
import { coloured } from '../../../shared/cli/terminal.ts'

const widths = (text: string) => text.split('\n').map((line) => line.length)

t.test('columns are aligned, colours not counted', async (t) => {
  const text = table(['NAME', 'STATE'], [{ cells: [coloured.green('a'), 'x'] }, { cells: ['long-name', 'y'] }], 80)
  t.equal(text, `NAME       STATE\n${coloured.green('a')}          x\nlong-name  y\n`)
})

t.test('the last column wraps at words inside the width, and goes on below itself', async (t) => {
  const text = table(['NAME', 'STATE'], [{ cells: ['app', 'one two three four five six seven eight nine ten'] }], 40)
  t.ok(Math.max(...widths(text)) <= 40)
  t.match(text, /\n {6}\w/)
  t.equal(text.replaceAll(/\s+/g, ' '), 'NAME STATE app one two three four five six seven eight nine ten ')
})

t.test('notes stand below their row, wrapped and indented', async (t) => {
  const text = table(['A', 'B'], [{ cells: ['1', '2'], notes: ['word '.repeat(40).trim()] }], 60)
  t.ok(Math.max(...widths(text)) <= 60)
  t.match(text.split('\n')[2], /^ {4}word/)
})

t.test('a word wider than the line is broken, and nothing of it is lost', async (t) => {
  const word = 'x'.repeat(70)
  const lines = wrap(`an ${word} end`, 20)
  t.ok(lines.every((line) => line.length <= 20))
  t.equal(lines.join('').replaceAll(' ', ''), `an${word}end`)
})

t.test('the other columns are never cut, even on a narrow terminal', async (t) => {
  const name = 'a-service-of-24-letters-'
  t.match(table(['NAME', 'LIVE', 'STATE'], [{ cells: [name, 'green', 'serving'] }], 20), `${name}  green  serving`)
})
