import { appendFile, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import t from 'tap'
import { Journal, JournalDamaged, verifyJournal } from '../../../shared/journal/journal.ts'

interface Note {
  readonly n: number
  readonly text?: string
}
const now = () => new Date('2026-01-02T03:04:05.678Z')
const numbers = async (journal: Journal<Note>, after = 0) => (await Array.fromAsync(journal.entries(after))).map(({ n }) => n)

/** A closed journal of `count` entries: its path, text and head. */
async function written(directory: string, count: number) {
  const path = join(directory, 'journal.jsonl')
  await using journal = await Journal.open<Note>(path, { now })
  for (let n = 1; n <= count; n += 1) await journal.append({ n })
  return { path, text: await readFile(path, 'utf8'), head: journal.head }
}

t.test('an entry is a line of JSON with its number, time, the hash before and its own', async (t) => {
  const path = join(t.testdir(), 'journal.jsonl')
  await using journal = await Journal.open<Note>(path, { now })
  t.same(journal.head, { seq: 0, hash: '0'.repeat(64) })
  const first = await journal.append({ n: 1, text: 'Ünïcode\n\u2028 and "quotes"' })
  const second = await journal.append({ n: 2 })
  t.match(first, { seq: 1, at: '2026-01-02T03:04:05.678Z', prev: '0'.repeat(64), n: 1, hash: /^[0-9a-f]{64}$/ })
  t.equal(second.prev, first.hash)
  t.same(journal.head, { seq: 2, hash: second.hash })
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  t.same(lines.map((line): unknown => JSON.parse(line)), [first, second])
  t.equal((await stat(path)).mode & 0o007, 0, 'not for everybody to read')
})

t.test('opened again it goes on where it ended', async (t) => {
  const { path, head } = await written(t.testdir(), 3)
  await using journal = await Journal.open<Note>(path)
  t.same(journal.head, head)
  t.equal(journal.torn, null)
  await journal.append({ n: 4 })
  t.same(await numbers(journal), [1, 2, 3, 4])
  t.ok((await verifyJournal(path, journal.head)).ok)
})

t.test('appends asked for at the same time are written one after another, in order', async (t) => {
  const path = join(t.testdir(), 'journal.jsonl')
  await using journal = await Journal.open<Note>(path)
  const entries = await Promise.all(Array.from({ length: 50 }, (_, n) => journal.append({ n })))
  t.same(entries.map(({ seq }) => seq), Array.from({ length: 50 }, (_, n) => n + 1))
  t.same(await numbers(journal), entries.map(({ n }) => n))
})

t.test('reads from the middle, however long it is', async (t) => {
  const { path } = await written(t.testdir(), 600)
  await using journal = await Journal.open<Note>(path)
  for (const after of [0, 1, 254, 255, 256, 257, 511, 512, 513, 599]) {
    const [first] = await numbers(journal, after)
    t.equal(first, after + 1)
  }
  t.same(await numbers(journal, 600), [])
  t.same(await numbers(journal, 9999), [])
  await journal.append({ n: 601 })
  t.same(await numbers(journal, 598), [599, 600, 601])
})

t.test('an entry longer than any buffer comes back whole', async (t) => {
  const path = join(t.testdir(), 'journal.jsonl')
  const text = 'é'.repeat(300_000)
  {
    await using journal = await Journal.open<Note>(path)
    await journal.append({ n: 1, text })
    await journal.append({ n: 2 })
  }
  await using journal = await Journal.open<Note>(path)
  const [entry] = await Array.fromAsync(journal.entries())
  t.equal(entry?.text, text)
})

t.test('an entry may not take the names of the chain’s own members', async (t) => {
  await using journal = await Journal.open(join(t.testdir(), 'journal.jsonl'))
  for (const name of ['seq', 'at', 'prev', 'hash']) await t.rejects(journal.append({ [name]: 1 }), TypeError)
  await journal.append({ fine: true })
})

t.test('a last line cut short anywhere by a crash is set aside, and the journal goes on', async (t) => {
  const directory = t.testdir()
  const { path, text } = await written(directory, 3)
  const start = text.lastIndexOf('\n', text.length - 2) + 1
  for (const end of [start + 1, start + 40, text.length - 2, text.length - 1]) {
    await writeFile(path, text.slice(0, end))
    await using journal = await Journal.open<Note>(path, { now })
    t.equal(journal.torn, `${path}.torn-2026-01-02T03-04-05.678Z`)
    t.equal(await readFile(journal.torn ?? '', 'utf8'), text.slice(start, end), 'what there was is kept')
    t.same(await numbers(journal), [1, 2])
    t.equal((await journal.append({ n: 33 })).seq, 3)
    t.ok((await verifyJournal(path, journal.head)).ok)
  }
})

t.test('a last line whose blocks never reached the disk is set aside too', async (t) => {
  const { path, text } = await written(t.testdir(), 2)
  await writeFile(path, Buffer.concat([Buffer.from(text), Buffer.alloc(300), Buffer.from('\n')]))
  await using journal = await Journal.open<Note>(path)
  t.type(journal.torn, 'string')
  t.same(await numbers(journal), [1, 2])
})

t.test('a journal that holds nothing but a torn line starts anew', async (t) => {
  const { path, text } = await written(t.testdir(), 1)
  await truncate(path, text.length - 10)
  await using journal = await Journal.open<Note>(path)
  t.equal((await journal.append({ n: 1 })).seq, 1)
})

t.test('damage that no crash can do is refused with line and reason, and nothing is changed', async (t) => {
  const directory = t.testdir()
  const { path, text } = await written(directory, 5)
  const lines = text.trimEnd().split('\n')
  const at = (n: number) => lines[n - 1] ?? ''
  const damages: [string, string[], number, RegExp][] = [
    ['a changed line', [at(1), at(2).replace('"n":2', '"n":7'), at(3), at(4), at(5)], 2, /its text was changed/],
    ['a changed last line', [at(1), at(2), at(3), at(4), at(5).replace('"n":5', '"n":7')], 5, /its text was changed/],
    ['a missing line', [at(1), at(2), at(4), at(5)], 3, /a line is missing before it: it is number 4, expected 3/],
    ['missing first lines', [at(3), at(4)], 1, /2 lines are missing before it/],
    ['swapped lines', [at(1), at(3), at(2), at(4), at(5)], 2, /missing before it/],
    ['a doubled line', [at(1), at(2), at(2), at(3)], 3, /out of order or doubled/],
    ['an empty line', [at(1), '', at(2)], 2, /not JSON/],
    ['a foreign line', [at(1), '{"hello":1}', at(2)], 2, /not an entry/],
    ['a line without hash', [at(1), at(2).replace(/,"hash.*/, '}'), at(3)], 2, /does not end with its hash/],
    ['Windows line ends', lines.map((line) => `${line}\r`), 1, /does not end with its hash/],
  ]
  for (const [name, damaged, line, what] of damages) {
    await writeFile(path, `${damaged.join('\n')}\n`)
    await t.rejects(Journal.open(path), { name: 'JournalDamaged', line, what, message: new RegExp(`journal\\.jsonl, line ${line}: `) }, name)
    t.equal(await readFile(path, 'utf8'), `${damaged.join('\n')}\n`)
  }
  t.same(await readdir(directory), ['journal.jsonl'])
})

t.test('a line of another journal does not fit, though its number does', async (t) => {
  const directory = t.testdir({ other: {} })
  const { path, text, head } = await written(directory, 4)
  await using other = await Journal.open<Note>(join(directory, 'other/journal.jsonl'))
  for (let n = 1; n <= 3; n += 1) await other.append({ n })
  const lines = text.split('\n')
  lines[2] = (await readFile(other.path, 'utf8')).split('\n')[2] ?? ''
  await writeFile(path, lines.join('\n'))
  await t.rejects(Journal.open(path), { name: 'JournalDamaged', line: 3, what: /the line before it is not the one it was written after/ })
  t.match((await verifyJournal(path, head)).faults, [{ line: 3 }, { line: 4 }])
})

t.test('a file moved, removed or written to by something else is noticed before the next entry', async (t) => {
  const path = join(t.testdir(), 'journal.jsonl')
  {
    await using journal = await Journal.open<Note>(path)
    await journal.append({ n: 1 })
    await rename(path, `${path}.1`)
    await t.rejects(journal.append({ n: 2 }), { name: 'JournalDamaged', what: /moved, removed or replaced/ })
    await writeFile(path, '')
    await t.rejects(journal.append({ n: 2 }), JournalDamaged)
    await rename(`${path}.1`, path)
    t.equal((await journal.append({ n: 2 })).seq, 2, 'put back, it goes on')
    await appendFile(path, 'x')
    await t.rejects(journal.append({ n: 3 }), { name: 'JournalDamaged', what: /something else wrote to the file/ })
  }
  await rm(path)
})

t.test('verify finds every changed, missing, inserted or moved line, whatever it is', async () => {
  const directory = t.testdir()
  const { path, text, head } = await written(directory, 12)
  const lines = text.trimEnd().split('\n')
  const index = fc.nat(lines.length - 1)
  const tampering = fc.oneof(
    fc.record({ kind: fc.constant('change' as const), line: index, offset: fc.nat(200), bit: fc.integer({ min: 0, max: 6 }) }),
    fc.record({ kind: fc.constant('remove' as const), line: index }),
    fc.record({ kind: fc.constant('copy' as const), line: index, to: index }),
    fc.record({ kind: fc.constant('move' as const), line: index, to: index }),
    fc.record({ kind: fc.constant('cut' as const), line: index }),
  )
  await fc.assert(
    fc.asyncProperty(tampering, async (tampering) => {
      const changed = [...lines]
      const line = lines[tampering.line] ?? ''
      if (tampering.kind === 'change') {
        const bytes = Buffer.from(line)
        const offset = tampering.offset % bytes.length
        bytes[offset] = (bytes[offset] ?? 0) ^ (1 << tampering.bit)
        changed[tampering.line] = bytes.toString('latin1')
      } else if (tampering.kind === 'remove') changed.splice(tampering.line, 1)
      else if (tampering.kind === 'copy') changed.splice(tampering.to, 0, line)
      else if (tampering.kind === 'move') changed.splice(tampering.to, 0, ...changed.splice(tampering.line, 1))
      else changed.length = tampering.line
      const damaged = changed.map((each) => `${each}\n`).join('')
      if (damaged === text) return
      await writeFile(path, damaged)
      const { ok, faults } = await verifyJournal(path, head)
      if (ok || faults.length === 0) throw new Error(`not noticed: ${JSON.stringify(tampering)}`)
    }),
    { numRuns: 300 },
  )
})

t.test('verify names each fault once, by line, and goes on after it', async (t) => {
  const { path, text, head } = await written(t.testdir(), 8)
  const lines = text.trimEnd().split('\n')
  lines[1] = (lines[1] ?? '').replace('"n":2', '"n":9')
  lines.splice(4, 1)
  await writeFile(path, `${lines.join('\n')}\n`)
  t.same(await verifyJournal(path, head), {
    ok: false,
    lines: 7,
    faults: [
      { line: 2, what: 'its text was changed: the hash does not fit' },
      { line: 5, what: 'a line is missing before it: it is number 6, expected 5' },
    ],
  })
})

t.test('verify sees a cut or rewritten end only against a head kept elsewhere', async (t) => {
  const directory = t.testdir({ other: {} })
  const { path, text, head } = await written(directory, 4)
  await writeFile(path, `${text.split('\n').slice(0, 2).join('\n')}\n`)
  t.same(await verifyJournal(path), { ok: true, lines: 2, faults: [] })
  t.same((await verifyJournal(path, head)).faults, [{ line: 3, what: '2 lines were cut off the end: the last should be number 4' }])

  await rm(path)
  await using rewritten = await Journal.open<Note>(path, { now: () => new Date(0) })
  for (let n = 1; n <= 6; n += 1) await rewritten.append({ n })
  t.ok((await verifyJournal(path)).ok)
  t.match((await verifyJournal(path, head)).faults, [{ line: 4, what: /journal was rewritten/ }])
  t.ok((await verifyJournal(path, { seq: 3, hash: (await Array.fromAsync(rewritten.entries()))[2]?.hash ?? '' })).ok, 'it may have grown since')
})

t.test('verify tells a torn end from a changed one', async (t) => {
  const { path, text } = await written(t.testdir(), 3)
  await writeFile(path, text.slice(0, -20))
  t.match((await verifyJournal(path)).faults, [{ line: 3, what: /it is torn: it is not JSON, and it has no newline/ }])
  await writeFile(path, '')
  t.same(await verifyJournal(path), { ok: true, lines: 0, faults: [] })
  await t.rejects(verifyJournal(`${path}-missing`), { code: 'ENOENT' })
})
