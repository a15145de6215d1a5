import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { Journal, JournalWriteFailed, verifyJournal } from '../../../shared/journal/journal.ts'
import { noSmallDisk, smallDisk } from '../../support/small-disk.ts'

const MODULE = JSON.stringify(new URL('../../../shared/journal/journal.ts', import.meta.url).href)

t.test('a full disk: the append fails, nothing of it stays, and a later one works', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk()
  const path = join(disk.path, 'journal.jsonl')
  await using journal = await Journal.open<{ text: string }>(path)
  await journal.append({ text: 'before' })
  const { size } = await stat(path)
  await disk.fill()
  // Longer than the page that the file has already: a part of it is written before the disk is full.
  const error = await journal.append({ text: 'x'.repeat(100_000) }).then(() => undefined, (thrown: unknown) => thrown)
  t.ok(error instanceof JournalWriteFailed)
  t.match(error, { code: 'ENOSPC', message: /journal\.jsonl could not be written: ENOSPC/ })
  t.equal((await stat(path)).size, size, 'cut back')
  t.ok((await verifyJournal(path, journal.head)).ok)
  await disk.free()
  t.equal((await journal.append({ text: 'after' })).seq, 2)
  t.same((await Array.fromAsync(journal.entries())).map(({ text }) => text), ['before', 'after'])
})

t.test('a disk that fills and empties again and again never leaves a broken chain', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk()
  const path = join(disk.path, 'journal.jsonl')
  await using journal = await Journal.open<{ n: number; text: string }>(path)
  const acknowledged: number[] = []
  for (let n = 0; n < 60; n += 1) {
    if (n % 10 === 5) await disk.fill()
    if (n % 10 === 9) await disk.free()
    await journal.append({ n, text: 'y'.repeat(1500) }).then(
      () => acknowledged.push(n),
      (error: unknown) => t.match(error, { code: 'ENOSPC' }),
    )
  }
  t.same((await Array.fromAsync(journal.entries())).map(({ n }) => n), acknowledged)
  t.ok(acknowledged.length > 30 && acknowledged.length < 60, `${acknowledged.length} of 60 were written`)
  t.ok((await verifyJournal(path, journal.head)).ok)
})

t.test('appends waiting behind one that fails are tried by themselves', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk()
  await using journal = await Journal.open<{ text: string }>(join(disk.path, 'journal.jsonl'))
  await journal.append({ text: 'first' })
  const results = await Promise.allSettled(['x'.repeat(500_000), 'small'].map((text) => journal.append({ text })))
  t.same(results.map(({ status }) => status), ['rejected', 'fulfilled'])
  t.equal(journal.head.seq, 2)
})

t.test('a read-only disk: opening says so', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk()
  await disk.remountReadOnly()
  await t.rejects(Journal.open(join(disk.path, 'journal.jsonl')), { code: 'EROFS' })
})

t.test('kill -9 at any moment: all that was acknowledged is there, and the chain holds', async (t) => {
  const path = join(t.testdir(), 'journal.jsonl')
  const script = `
    import { Journal } from ${MODULE}
    const journal = await Journal.open(process.argv[1])
    for (let n = 1; ; n += 1) {
      const { seq } = await journal.append({ n, text: 'z'.repeat(n * 97 % 9000) })
      process.stdout.write(seq + '\\n')
    }`
  let acknowledged = 0
  for (let round = 0; round < 6; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'], env: {} })
    const enough = acknowledged + 5 + round * 11
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line)
      if (acknowledged >= enough) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    await using journal = await Journal.open(path)
    t.ok(journal.head.seq >= acknowledged, `${journal.head.seq} on disk, ${acknowledged} acknowledged`)
    t.ok(journal.head.seq <= acknowledged + 1, 'and at most the one that was under way besides')
    t.ok((await verifyJournal(path, journal.head)).ok)
    acknowledged = journal.head.seq
  }
})
