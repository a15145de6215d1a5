import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { asNobody, cannotBeNobody } from '../../support/as-nobody.ts'
import { testIntake } from '../../support/intake.ts'
import type { lookOnce } from '../../support/look-once.ts'
import { traversableDirectory } from '../../support/temporary.ts'

/** A process that opens a file for writing and writes to it what it is told, a line at a time, until its input ends. */
async function slowWriter(path: string): Promise<{ child: ChildProcess; write(text: string): Promise<void>; close(): Promise<void> }> {
  const child = spawn('sh', ['-c', 'exec 3>>"$0"; echo open; while IFS= read -r line; do printf %s "$line" >&3; echo written; done', path], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answered = () => once(child.stdout, 'data')
  await answered()
  return {
    child,
    async write(text) {
      const written = answered()
      child.stdin.write(`${text}\n`)
      await written
    },
    async close() {
      child.stdin.end()
      await once(child, 'close')
    },
  }
}

t.test('a file is not taken before nothing about it has changed for the settle time', async (t) => {
  let time = 1000
  await using host = await testIntake(t.testdir(), { settle: 5000, rescan: 100_000, elapsed: () => time, now: () => 1_700_000_000_000 + time })
  const file = join(host.ingest, 'film.mp4')
  const lookAt = async (at: number) => {
    time = at
    await host.intake.rescan()
    return host.intake.waiting()[0]
  }
  await writeFile(file, 'a')
  t.match(await lookAt(2000), { reason: 'settling', size: 1, until: new Date(1_700_000_007_000).toISOString(), first_seen: new Date(1_700_000_002_000).toISOString() })
  await writeFile(file, 'ab')
  t.match(await lookAt(6000), { reason: 'settling', until: new Date(1_700_000_011_000).toISOString() })
  await utimes(file, 1, 1)
  t.match(await lookAt(10_000), { reason: 'settling', until: new Date(1_700_000_015_000).toISOString() }, 'an mtime that was set back counts as a change')
  await chmod(file, 0o600)
  t.match(await lookAt(14_000), { reason: 'settling', until: new Date(1_700_000_019_000).toISOString() }, 'so does anything that only the ctime shows')
  await writeFile(join(host.ingest, '.new'), 'AB')
  await utimes(join(host.ingest, '.new'), 1, 1)
  await rename(join(host.ingest, '.new'), file)
  t.match(await lookAt(18_000), { reason: 'settling', first_seen: new Date(1_700_000_018_000).toISOString() }, 'a file replaced by another of the same size and time starts over')
  t.match(await lookAt(22_999), { reason: 'settling' })
  t.equal(host.ledger.jobs.size, 0)
  await lookAt(23_000)
  t.equal(await readFile((await host.ledger.until(1))[0]?.path ?? '', 'utf8'), 'AB')
})

t.test('a file that changes after it settled, before it could be claimed, starts over', async (t) => {
  let time = 1000
  await using host = await testIntake(t.testdir(), { settle: 5000, rescan: 100_000, elapsed: () => time })
  const file = join(host.ingest, 'film.mp4')
  await writeFile(file, 'a')
  await host.intake.rescan()
  time = 6000
  // Settled, and already changed again when the look that would claim it comes: as a stalled NFS client that is back.
  await writeFile(file, 'b', { flag: 'a' })
  await host.intake.rescan()
  t.equal(host.intake.waiting()[0]?.reason, 'settling')
  t.equal(host.ledger.jobs.size, 0)
  time = 11_000
  await host.intake.rescan()
  t.equal(await readFile((await host.ledger.until(1))[0]?.path ?? '', 'utf8'), 'ab')
})

t.test('a writer that stalls for longer than the settle time keeps its file', async (t) => {
  await using host = await testIntake(t.testdir())
  const writer = await slowWriter(join(host.ingest, 'film.mp4'))
  await writer.write('first half')
  const waiting = await host.untilWaiting('film.mp4', 'open_for_writing')
  t.match(waiting.detail, `sh (process ${writer.child.pid}) has it open for writing`)
  await writer.write(', second half')
  await host.untilWaiting('film.mp4', 'settling')
  await host.untilWaiting('film.mp4', 'open_for_writing')
  t.equal(host.ledger.jobs.size, 0)
  await writer.close()
  t.equal(await readFile((await host.ledger.until(1))[0]?.path ?? '', 'utf8'), 'first half, second half')
})

t.test('a captions file that is still being written holds back its source', async (t) => {
  await using host = await testIntake(t.testdir())
  const writer = await slowWriter(join(host.ingest, 'film.en.srt'))
  await writer.write('1')
  await writeFile(join(host.ingest, 'film.mp4'), 'media')
  t.match((await host.untilWaiting('film.mp4', 'open_for_writing')).detail, `process ${writer.child.pid}`)
  await writer.close()
  t.equal((await host.ledger.until(1))[0]?.captions.length, 1)
})

t.test('a writer that opened the file in the last moment gets it back, and it is taken later', async (t) => {
  let writer: Awaited<ReturnType<typeof slowWriter>> | undefined
  const directory = t.testdir({ ingest: { 'film.mp4': 'media' } })
  // After the last check before the move, and before the first one after it.
  const onStep = async (step: string) => {
    if (step === 'begun') writer ??= await slowWriter(join(directory, 'ingest/film.mp4'))
  }
  await using host = await testIntake(directory, { onStep })
  t.match(await host.ledger.nextWithdrawal(), /film\.mp4: sh \(process \d+\) had it open for writing/)
  await host.untilWaiting('film.mp4', 'open_for_writing')
  await writer?.write(' and more')
  await writer?.close()
  t.equal(await readFile((await host.ledger.until(1))[0]?.path ?? '', 'utf8'), 'media and more')
})

t.test('a file that was written to while it was moved goes back', async (t) => {
  const directory = t.testdir({ ingest: { 'film.mp4': 'media' } })
  let first = true
  await using host = await testIntake(directory, {
    async onStep(step) {
      if (step !== 'moved 0' || !first) return
      first = false
      await writeFile(join(directory, 'work/jobs/job-1/source/source.mp4'), ' more', { flag: 'a' })
    },
  })
  t.match(await host.ledger.nextWithdrawal(), /film\.mp4: it was written to while it was moved/)
  t.equal(await readFile((await host.ledger.until(1))[0]?.path ?? '', 'utf8'), 'media more')
})

t.test('temporary names wait until they are renamed', async (t) => {
  await using host = await testIntake(t.testdir())
  for (const name of ['.film.mp4.Xa31bc', 'film.mp4.part', 'film.mp4~']) await writeFile(join(host.ingest, name), 'media')
  for (const name of ['.film.mp4.Xa31bc', 'film.mp4.part', 'film.mp4~']) await host.untilWaiting(name, 'temporary_name')
  await rename(join(host.ingest, '.film.mp4.Xa31bc'), join(host.ingest, 'film.mp4'))
  t.equal((await host.ledger.until(1))[0]?.name, 'film.mp4')
  t.equal(host.ledger.jobs.size, 1)
})

t.test('an editor that saves by renaming starts the wait over, and what is taken is the new text', async (t) => {
  await using host = await testIntake(t.testdir())
  host.ledger.refusal = { reason: 'no_space', detail: '' }
  const file = join(host.ingest, 'film.json')
  await writeFile(file, '{"title": "old"}')
  await writeFile(join(host.ingest, 'film.mp4'), 'media')
  await host.untilWaiting('film.mp4', 'no_space')
  await rename(file, `${file}~`)
  await writeFile(file, '{"title": "new"}')
  await unlink(`${file}~`)
  host.ledger.refusal = null
  t.equal((await host.ledger.until(1))[0]?.options.title, 'new')
})

t.test('links and special files are told and never touched', async (t) => {
  const directory = t.testdir({ secret: 'precious', folder: { 'a.mp4': 'a' }, ingest: { 'empty.mp4': '', 'film.mp4.why.txt': 'why' } })
  const ingest = join(directory, 'ingest')
  await symlink(join(directory, 'secret'), join(ingest, 'link.mp4'))
  await symlink('nowhere', join(ingest, 'dangling.mp4'))
  await symlink(join(directory, 'folder'), join(ingest, 'folder'))
  await once(spawn('mkfifo', [join(ingest, 'fifo.mp4')]), 'close')
  // The path of a socket holds 107 bytes.
  const near = await mkdtemp(join(tmpdir(), 'greenroom-'))
  await symlink(ingest, join(near, 'i'))
  const server = createServer().listen(join(near, 'i/socket.mp4'))
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    return rm(near, { recursive: true })
  })
  if (process.getuid?.() === 0) await once(spawn('mknod', [join(ingest, 'device.mp4'), 'c', '1', '5']), 'close')
  await using host = await testIntake(directory)
  await writeFile(join(ingest, 'film.mp4'), 'media')
  await host.ledger.until(1)
  const reasons = Object.fromEntries(host.intake.waiting().map(({ name, reason }) => [name, reason]))
  t.same(reasons, {
    ...(process.getuid?.() === 0 ? { 'device.mp4': 'not_regular' } : {}),
    'dangling.mp4': 'symlink',
    'empty.mp4': 'empty',
    'fifo.mp4': 'not_regular',
    'film.mp4.why.txt': 'note',
    folder: 'symlink',
    'link.mp4': 'symlink',
    'socket.mp4': 'not_regular',
  })
  t.equal(host.ledger.jobs.size, 1)
})

t.test('a link that takes the place of a settled file is not followed', async (t) => {
  const directory = t.testdir({ secret: 'precious', ingest: { 'film.mp4': 'media' } })
  let swapped = false
  await using host = await testIntake(directory, {
    async onStep(step) {
      if (step !== 'begun' || swapped) return
      swapped = true
      await unlink(join(directory, 'ingest/film.mp4'))
      await symlink(join(directory, 'secret'), join(directory, 'ingest/film.mp4'))
    },
  })
  await host.ledger.nextWithdrawal()
  await host.untilWaiting('film.mp4', 'symlink')
  t.equal(await readFile(join(directory, 'secret'), 'utf8'), 'precious')
  t.same(host.ledger.sources, [])
})

t.test('names of any bytes are taken, shown and kept', async (t) => {
  await using host = await testIntake(t.testdir())
  const long = Buffer.from(`${'x'.repeat(251)}.mp4`)
  const names = [Buffer.from([0xff, 0xfe, 0x2e, 0x6d, 0x70, 0x34]), Buffer.from('two\nlines.mp4'), Buffer.from('-rf --.mp4'), Buffer.from(' .mp4'), Buffer.from('%s$(reboot)`;|.mp4'), long]
  await mkdir(Buffer.concat([Buffer.from(`${host.ingest}/`), Buffer.from([0xe9])]))
  names.push(Buffer.concat([Buffer.from([0xe9]), Buffer.from('/é.mp4')]))
  for (const name of names) await writeFile(Buffer.concat([Buffer.from(`${host.ingest}/`), name]), 'media')
  const sources = await host.ledger.until(names.length)
  t.same(sources.map(({ name_bytes }) => name_bytes).toSorted(), names.map((name) => name.toString('base64')).toSorted())
  t.equal(new Set(sources.map(({ asset }) => asset)).size, names.length)
  for (const source of sources) {
    t.match(source.path, /\/source\.mp4$/)
    t.match(source.name, /^[^\n\ufffd]+$/)
  }
})

t.test('what may not be read or moved says so, and once that other processes cannot be looked into', { skip: cannotBeNobody }, async (t) => {
  const directory = await traversableDirectory('greenroom-intake-')
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  for (const folder of ['work', 'ingest', 'ingest/fixed', 'ingest/closed']) {
    await mkdir(join(directory, folder))
    await chmod(join(directory, folder), 0o777)
  }
  for (const name of ['film.mp4', 'fixed/a.mp4']) await writeFile(join(directory, 'ingest', name), 'media')
  await chmod(join(directory, 'ingest/film.mp4'), 0)
  await chmod(join(directory, 'ingest/fixed'), 0o755)
  await chmod(join(directory, 'ingest/closed'), 0)
  const { reasons, details, log } = (await asNobody('test/support/look-once.ts', 'lookOnce', directory, ['film.mp4', 'fixed/a.mp4', 'closed'])) as Awaited<ReturnType<typeof lookOnce>>
  t.same(reasons, { 'film.mp4': 'unreadable', 'fixed/a.mp4': 'not_movable', closed: 'unreadable' })
  t.match(details.join('\n'), /film\.mp4 cannot be read by the encoder’s user \(uid 65534\)/)
  t.equal(log.filter((line) => /processes of other users cannot be looked into/.test(line)).length, 1)
})

t.test('a file that cannot be moved keeps no other from its turn', { skip: cannotBeNobody }, async (t) => {
  const directory = await traversableDirectory('greenroom-intake-')
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  for (const folder of ['work', 'ingest', 'ingest/sticky']) {
    await mkdir(join(directory, folder))
    await chmod(join(directory, folder), 0o777)
  }
  await chmod(join(directory, 'ingest/sticky'), 0o1777)
  for (const name of ['sticky/film.mp4', 'other.mp4']) await writeFile(join(directory, 'ingest', name), 'media')
  const { reasons, details } = (await asNobody('test/support/look-once.ts', 'lookOnce', directory, ['sticky/film.mp4'], 1)) as Awaited<ReturnType<typeof lookOnce>>
  t.same(reasons, { 'sticky/film.mp4': 'not_movable' })
  t.match(details[0], /film\.mp4 cannot be taken out of its folder.*EPERM/)
})

t.test('a source that goes away while it waits is forgotten', async (t) => {
  await using host = await testIntake(t.testdir())
  host.ledger.refusal = { reason: 'no_space', detail: '' }
  await writeFile(join(host.ingest, 'film.mp4'), 'x')
  await host.untilWaiting('film.mp4', 'no_space')
  await unlink(join(host.ingest, 'film.mp4'))
  await host.intake.rescan()
  t.same(host.intake.waiting(), [])
})
