import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { stringify } from 'smol-toml'
import t from 'tap'
import { ConfigError, type Fault, loadConfig, type LoadOptions, parseConfig } from '../../../shared/config/load.ts'
import { AbsolutePath, Duration, HostPort, Named, Size, type StaticDecode, Table, Type } from '../../../shared/config/types.ts'
import { asNobody, cannotBeNobody } from '../../support/as-nobody.ts'
import { traversableDirectory } from '../../support/temporary.ts'

const Item = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    wait: Duration({ description: '', default: '1s' }),
    limits: Table('', { size: Size({ description: '', default: '1KiB' }), count: Type.Integer({ default: 2, minimum: 1, maximum: 5 }) }),
  },
  { additionalProperties: false },
)
const Schema = Type.Object(
  {
    directory: AbsolutePath({ description: '', default: '/var/lib/x' }),
    level: Type.Enum(['debug', 'info'], { default: 'info' }),
    on: Type.Boolean({ default: true }),
    listen: Type.Array(HostPort({}), { default: ['127.0.0.1:1'], minItems: 1, uniqueItems: true }),
    items: Named('header-name', Item, { description: '', default: {} }),
    list: Type.Array(Item, { default: [] }),
    optional: Type.Optional(Item),
    key: Type.Optional(Type.String({ minLength: 2, maxLength: 4, pattern: '^[a-z]*$' })),
  },
  { additionalProperties: false },
)
type Config = StaticDecode<typeof Schema>

/** The messages, without the file’s name. */
function complaints(text: string, options: LoadOptions<typeof Schema> = {}): string[] {
  try {
    parseConfig(Schema, text, 'x.toml', options)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message.split('\n').map((line) => line.replace(/^x\.toml:? ?/, ''))
  }
  return []
}

t.test('fills in defaults at every depth, in named tables and lists too, and decodes', async (t) => {
  const config = parseConfig(Schema, 'level = "debug"\n[items.A]\nname = "a"\nwait = "1m30s"\n[[list]]\nname = "b"\nlimits.count = 5\n', 'x.toml')
  t.match(config, {
    directory: '/var/lib/x',
    level: 'debug',
    on: true,
    listen: ['127.0.0.1:1'],
    items: { A: { name: 'a', wait: 90_000, limits: { size: 1024, count: 2 } } },
    list: [{ name: 'b', wait: 1000, limits: { size: 1024, count: 5 } }],
  })
  t.notOk('optional' in config)
})

t.test('an empty file is all defaults, and no two configurations share them', async (t) => {
  const [first, second] = [parseConfig(Schema, '', 'x.toml'), parseConfig(Schema, '', 'x.toml')]
  first.listen.push('changed:1')
  t.same(second.listen, ['127.0.0.1:1'])
})

t.test('a named table knows only the names that are there', async (t) => {
  const config = parseConfig(Schema, '[items.constructor]\nname = "c"\n', 'x.toml')
  t.equal(config.items['constructor']?.name, 'c')
  t.equal(config.items['toString'], undefined)
  t.equal(parseConfig(Schema, '', 'x.toml').items['constructor'], undefined)
})

t.test('lists every fault at once: line, place, what was found, what was expected', async (t) => {
  const text = `directory = "var/lib"
levl = "info"
level = "inf"
on = "yes"
listen = ["127.0.0.1", "localhost:80", 7, "localhost:80"]
limits = 1
[items."a b"]
name = ""
[items.B]
wait = 5
limits = { size = "2G", count = 9, sise = "1B" }
[[list]]
name = "fine"
[[list]]
name = "x"
limits.count = 1.5
wait = "1 s"
[optional]
nothing_like_it = 2020-01-01
`
  t.strictSame(complaints(text), [
    '1: directory: found "var/lib"; expected an absolute path, beginning with / (a relative one would depend on where it is started)',
    '2: levl: found an unknown key; did you mean "level"?',
    '3: level: found "inf"; expected "debug" or "info" (did you mean "info"?)',
    '4: on: found "yes"; expected true or false',
    '5: listen[0]: found "127.0.0.1"; expected host:port; the port is missing, as in "127.0.0.1:3001"',
    '5: listen[2]: found 7; expected host:port, such as "127.0.0.1:3001", "[::1]:3001" or "app.internal:3001", in quotes',
    '5: listen[3]: found "localhost:80" a second time; expected each item once: remove it here or at listen[1]',
    '6: limits: found an unknown key; did you mean "items.<name>.limits" or "list[].limits" or "optional.limits"?',
    '7: items."a b": found the name "a b"; expected the name of an HTTP header, such as "X-Version"',
    '8: items."a b".name: found ""; expected a text that is not empty',
    '9: items.B.name: found nothing; expected a text that is not empty',
    '10: items.B.wait: found 5; expected a duration such as "250ms", "2s", "1m30s" or "1h", in quotes',
    '11: items.B.limits.size: found "2G"; expected a size such as "64KiB", "500MB" or "1GiB" ("2G" is not a size; write "2GiB" (powers of 1024) or "2GB" (powers of 1000))',
    '11: items.B.limits.count: found 9; expected a whole number from 1 to 5',
    '11: items.B.limits.sise: found an unknown key; did you mean "size"?',
    '16: list[1].limits.count: found 1.5; expected a whole number from 1 to 5',
    '17: list[1].wait: found "1 s"; expected a duration such as "250ms", "2s", "1m30s" or "1h" ("1 s" is not a duration; write "1s")',
    '18: optional.name: found nothing; expected a text that is not empty',
    '19: optional.nothing_like_it: found an unknown key; expected one of the keys name, wait, limits',
  ])
})

t.test('a value of the wrong kind is named as what it is', async (t) => {
  const found = (value: string) => /found (.*); expected/.exec(complaints(`key = ${value}`)[0] ?? '')?.[1]
  t.equal(found('99999999999999999999'), '99999999999999999999')
  t.equal(found('nan'), 'NaN')
  t.equal(found('[1, 2]'), 'a list of 2')
  t.equal(found('[]'), 'an empty list')
  t.equal(found('{ a = 1 }'), 'a table')
  t.equal(found('2020-01-01'), 'a date (2020-01-01 without quotes)')
  t.equal(found('"ABC"'), '"ABC"')
  t.equal(found(`"${'x'.repeat(200)}"`), `"${'x'.repeat(77)}..."`)
  t.strictSame(complaints('items = 1\nlist = { a = 1 }'), ['1: items: found 1; expected a table', '2: list: found a table; expected a list in [ ], each a table with name'])
})

t.test('TOML that cannot be read: line, column, the line itself, and what to do', async (t) => {
  const known: [string, RegExp][] = [
    ['a = 1\nlisten = 127.0.0.1:80', /^2:\d+: found `listen = 127\.0\.0\.1:80`, which is not TOML \(.+\); expected text, durations, sizes and addresses in quotes/],
    ['wait = 2s', /^1:\d+: found `wait = 2s`.*in quotes/],
    ['[a]\nb = 1\nb = 2', /^3:1: found `b = 2`, .*redefine.*; expected each key and each \[table\] once/],
    ['[a]\n[a]', /^2:2: found `\[a\]`, .*each key and each \[table\] once/],
    ['just words', /^1:\d+: found `just words`, .*; expected key = value/],
    ['a = "open', /^1:\d+: found `a = "open`, which is not TOML \(unfinished string\)/],
    ['x = [1,\n2\ny = 3', /^3:\d+: found `y = 3`/],
  ]
  for (const [text, message] of known) t.match(complaints(text)[0], message)
})

t.test('a file with secrets is never quoted, neither its values nor its broken lines', async (t) => {
  const secret = true
  for (const text of ['key = "S3CRET"', 'key = S3CRET', 'key = "S3CRET', 'directory = "S3CRET"', '[items.x]\nname = "a"\nwait = "S3CRET"', 'listen = ["S3CRET:99999"]']) {
    const [complaint = ''] = complaints(text, { secret })
    t.match(complaint, /\d: .*found/)
    t.notMatch(complaint, /S3CRET/, text)
    t.throws(() => parseConfig(Schema, text, 'x.toml', { secret }), { name: 'ConfigError', cause: undefined })
  }
  // Without its quotes a secret of digits is a number.
  for (const text of ['key = 907341', 'key = 9073-04-01', 'key = 90.73', 'key = 9073412345678901234567', 'key = [9073]']) t.notMatch(complaints(text, { secret })[0], /9073|90\.73/, text)
})

const noLimits = (config: Config): Fault[] => Object.keys(config.items).map((name) => ({ place: `items.${name}.limits`, found: 'a rule', expected: 'no rule' }))
const notInfo = ({ level }: Config): Fault[] => (level === 'info' ? [{ place: 'level', found: '"info"', expected: 'another' }] : [])

t.test('rules see the entries that are whole, and what they say is listed with the rest', async (t) => {
  const text = '[items.good]\nname = "a"\n[items.good.limits]\ncount = 1\n[items.bad]\nname = 1\n[items.fine]\nname = "c"\n'
  t.strictSame(complaints(text, { rules: noLimits }), [
    '3: items.good.limits: found a rule; expected no rule',
    '6: items.bad.name: found 1; expected a text that is not empty, in quotes',
    '7: items.fine.limits: found a rule; expected no rule',
  ])
})

t.test('a broken setting that has a default does not keep the rules from the rest', async (t) => {
  t.strictSame(complaints('on = 3\n[items.x]\nname = "a"\n', { rules: noLimits }), ['1: on: found 3; expected true or false', '2: items.x.limits: found a rule; expected no rule'])
})

t.test('rules say nothing of a setting that is broken itself', async (t) => {
  t.strictSame(complaints('level = 3', { rules: notInfo }), ['1: level: found 3; expected "debug" or "info"'])
  t.strictSame(complaints('', { rules: notInfo }), ['level: found "info"; expected another'])
})

t.test('a schema that asks for what is not checked is a mistake of ours, said at once', async (t) => {
  t.throws(() => parseConfig(Type.Object({ a: Type.Number({ multipleOf: 2 }) }), 'a = 1', 'x'), /uses "multipleOf", which is not checked/)
  t.throws(() => parseConfig(Type.Object({ a: Type.String({ format: 'nothing' }) }), 'a = "1"', 'x'), /format "nothing"/)
})

t.test('a file that cannot be read says why, and how to name another', async (t) => {
  const directory = t.testdir({ latin1: Buffer.from([0x61, 0x3d, 0x31, 0x0a, 0x62, 0x3d, 0x22, 0xe9, 0x22]), 'bom.toml': '\uFEFFlevel = "debug"\n' })
  const load = (name: string) => loadConfig(Schema, join(directory, name))
  await t.rejects(load('missing'), { name: 'ConfigError', message: `${directory}/missing: found no such file; expected the configuration file: name another with --config` })
  await t.rejects(load('.'), /found a directory/)
  await t.rejects(load('latin1'), /latin1:2: found bytes that are not UTF-8; expected a TOML file saved as UTF-8/)
  t.match(await load('bom.toml'), { level: 'debug' })
})

t.test('a file that this user may not read says so', { skip: cannotBeNobody }, async (t) => {
  const directory = await traversableDirectory('greenroom-config-')
  t.teardown(() => rm(directory, { recursive: true }))
  const file = join(directory, 'x.toml')
  await writeFile(file, '', { mode: 0o600 })
  t.match(await asNobody('shared/config/load.ts', 'loadConfig', {}, file), /x\.toml: found a file that this user may not read; expected a readable file/)
})

t.test('any TOML document either is read or refused with faults that have a place or a line', async () => {
  const keys = fc.constantFrom('directory', 'level', 'on', 'listen', 'items', 'list', 'optional', 'key', 'name', 'wait', 'limits', 'size', 'count', '__proto__', 'constructor', 'x y')
  const { value } = fc.letrec<{ value: unknown; table: Record<string, unknown> }>((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, fc.string(), fc.integer(), fc.double({ noNaN: true }), fc.boolean(), fc.constantFrom('1s', '/x', '1KiB', 'a:1', 'info'), fc.array(tie('value'), { maxLength: 3 }), tie('table')),
    table: fc.dictionary(keys, tie('value'), { maxKeys: 5 }),
  }))
  fc.assert(
    fc.property(fc.dictionary(keys, value, { maxKeys: 6 }), (document) => {
      const text = stringify(document)
      try {
        parseConfig(Schema, text, 'x.toml')
      } catch (error) {
        if (!(error instanceof ConfigError) || error.faults.length === 0) throw error
        for (const fault of error.faults) {
          if (fault.place === '' && fault.line === undefined) throw new Error(`a fault without a place: ${JSON.stringify(fault)}`, { cause: error })
          if (fault.expected === '' || fault.found === '') throw new Error('an empty message', { cause: error })
        }
      }
    }),
    { numRuns: 2000 },
  )
})

t.test('any text at all either is read or refused with a ConfigError', async () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('[', ']', '=', '"', "'", '\n', '\\', '{', '}', ',', '.', '#', 'a', '1', ' '), maxLength: 30 }))
  fc.assert(
    fc.property(text, (text) => {
      try {
        parseConfig(Schema, text, 'x.toml')
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
      }
    }),
    { numRuns: 5000 },
  )
})
