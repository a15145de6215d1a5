import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { migrate, openDatabase, transaction } from '../../../encoder/jobs/database.ts'
import { asJobError } from '../../../encoder/jobs/as-job-error.ts'
import { Problem } from '../../../shared/errors/problem.ts'
import { noSmallDisk, smallDisk } from '../../support/small-disk.ts'

t.test('migration steps run once, in order, each in a transaction of its own', (t) => {
  using database = openDatabase(join(t.testdir(), 'ledger'))
  const first = ['CREATE TABLE a (x INTEGER) STRICT']
  migrate(database, 'part', first)
  migrate(database, 'part', first)
  t.throws(() => migrate(database, 'part', [...first, 'CREATE TABLE b (y INTEGER) STRICT; nonsense']))
  t.equal(database.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = 'b'").get()?.['n'], 0, 'a step that fails leaves nothing')
  migrate(database, 'part', [...first, 'ALTER TABLE a ADD COLUMN y INTEGER'])
  database.exec('INSERT INTO a (x, y) VALUES (1, 2)')
  t.end()
})

t.test('a ledger of a newer program is not touched', (t) => {
  using database = openDatabase(join(t.testdir(), 'ledger'))
  migrate(database, 'part', ['CREATE TABLE a (x INTEGER) STRICT', 'CREATE TABLE b (x INTEGER) STRICT'])
  t.throws(() => migrate(database, 'part', ['CREATE TABLE a (x INTEGER) STRICT']), { code: 'state_damaged' })
  t.end()
})

t.test('a file that is no database is a problem that names it', async (t) => {
  const file = join(t.testdir(), 'ledger')
  await writeFile(file, 'certainly not SQLite, and long enough to have a header of its own kind')
  t.throws(() => openDatabase(file), Problem)
  t.throws(() => openDatabase(file), new RegExp(file))
})

t.test('a transaction that throws leaves nothing, and one inside another is part of it', (t) => {
  using database = openDatabase(join(t.testdir(), 'ledger'))
  database.exec('CREATE TABLE a (x INTEGER) STRICT')
  const insert = database.prepare('INSERT INTO a (x) VALUES (?)')
  t.throws(() =>
    transaction(database, () => {
      transaction(database, () => insert.run(1))
      throw new Error('stop')
    }),
  /stop/)
  t.equal(database.prepare('SELECT count(*) AS n FROM a').get()?.['n'], 0)
  t.equal(transaction(database, () => insert.run(2).changes), 1)
  t.end()
})

t.test('a disk without a byte is said to be full, not the ledger to be damaged', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(1024)
  const file = join(disk.path, 'ledger')
  const first = openDatabase(file)
  migrate(first, 'part', ['CREATE TABLE a (x INTEGER) STRICT'])
  first.close()
  await disk.fill()
  try {
    using database = openDatabase(file)
    database.exec('INSERT INTO a (x) VALUES (1)')
    t.fail('it was written')
  } catch (error) {
    t.match(asJobError(error), { fault: 'environment' })
  }
  await disk.free()
  using database = openDatabase(file)
  database.exec('INSERT INTO a (x) VALUES (1)')
})
