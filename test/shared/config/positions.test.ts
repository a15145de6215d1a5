import * as fc from 'fast-check'
import { parse, stringify } from 'smol-toml'
import t from 'tap'
import { placeIn } from '../../../shared/config/fault.ts'
import { lineOf, positionsOf } from '../../../shared/config/positions.ts'

t.test('knows the line of each key, however it is written', async (t) => {
  const text = `# comment
top = "a # not a comment"   # comment
"quoted key" = 1
'single.quoted' = 2
a.b . "c d" = 3

[table]
one = """
[not.a.table]
two = 2
"""
three = '''
x = 1''''
list = [
  "first", # [
  [1, 2],
  { x = 1, y.z = "}" },
]
[table.inner]
date = 2024-01-01T00:00:00Z
inline = { p = "a=b", q = [ { r = 1 } ] }
[[many]]
name = "m0"
[[many.inner]]
deep = 1
[[many]]
name = "m1"
[many.sub]
key = 'C:\\path'
[[many.inner]]
deep = 2
[[many.inner]]
deep = 3
`
  parse(text)
  const expected = {
    top: 2, '"quoted key"': 3, '"single.quoted"': 4, a: 5, 'a.b': 5, 'a.b."c d"': 5,
    table: 7, 'table.one': 8, 'table.two': undefined, 'table.three': 12, 'table.x': undefined,
    'table.list': 14, 'table.list[0]': 15, 'table.list[1]': 16, 'table.list[1][1]': 16, 'table.list[2].x': 17, 'table.list[2].y.z': 17,
    'table.inner.date': 20, 'table.inner.inline.q[0].r': 21,
    'many[0]': 22, 'many[0].name': 23, 'many[0].inner[0].deep': 25, 'many[1].name': 27, 'many[1].sub.key': 29, 'many[1].inner[0].deep': 31, 'many[1].inner[1].deep': 33,
  }
  const lines = positionsOf(text)
  for (const [place, line] of Object.entries(expected)) t.equal(lines.get(place), line, place)
  t.notOk([...lines.keys()].some((place) => place.includes('""')), 'the quotes that end a multi-line string begin no key')
})

t.test('Windows line ends and a byte order mark do not shift lines', async (t) => {
  const lines = positionsOf('\uFEFFa = 1\r\n\r\n[b]\r\nc = "x"\r\nd = [\r\n1\r\n]\r\n')
  t.same(Object.fromEntries(lines), { a: 1, b: 3, 'b.c': 4, 'b.d': 5, 'b.d[0]': 6 })
})

t.test('a place that is not in the text has the line of the table around it', async (t) => {
  const lines = positionsOf('a = 1\n[services.app]\nx = 1\n')
  t.equal(lineOf(lines, 'services.app.pools.green'), 2)
  t.equal(lineOf(lines, 'services.app.gates.http[0].name'), 2)
  t.equal(lineOf(lines, 'nginx.binary'), undefined)
})

t.test('finds every place of any document, on a line that has its key', async () => {
  const key = fc.oneof(fc.stringMatching(/^[a-z]{1,4}$/), fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme-ascii' }))
  const { value } = fc.letrec<{ value: unknown; table: Record<string, unknown> }>((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, fc.string(), fc.string({ unit: fc.constantFrom('"', "'", '\n', '#', '[', ']', '{', '=', ',', '\\', 'a') }), fc.integer(), fc.boolean(), fc.array(fc.oneof(fc.integer(), fc.string()), { maxLength: 3 }), fc.array(tie('table'), { minLength: 1, maxLength: 3 }), tie('table')),
    table: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  }))
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 5 }), (document) => {
      const text = stringify(document)
      const lines = positionsOf(text)
      const source = text.split('\n')
      for (const [place, key] of placesOf(parse(text), '')) {
        const line = lines.get(place)
        if (line === undefined) throw new Error(`${place} is not found in\n${text}`)
        const shown = source[line - 1] ?? ''
        if (typeof key === 'string' && !shown.includes(key) && !shown.includes(JSON.stringify(key).slice(1, -1))) throw new Error(`${place} is not on line ${line} of\n${text}`)
      }
    }),
    { numRuns: 1500 },
  )
})

/** Every place of a value that has an own key in the text: tables that are only implied have none. */
function placesOf(value: unknown, place: string): [string, string | number][] {
  const places: [string, string | number][] = []
  const entries = Array.isArray(value) ? [...value.entries()] : typeof value === 'object' && value !== null && !(value instanceof Date) ? Object.entries(value) : []
  for (const [key, member] of entries) places.push([placeIn(place, key), key], ...placesOf(member, placeIn(place, key)))
  return places
}
