import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { scheduleLooks } from '../../../encoder/intake/looks.ts'
import { testIntake } from '../../support/intake.ts'
import { until } from '../../support/until.ts'

const NEVER = 3_600_000

t.test('without any rescan hints alone find what is dropped: again and again, in new folders, under any name', async (t) => {
  await using host = await testIntake(t.testdir(), { rescan: NEVER })
  await writeFile(join(host.ingest, 'one.mp4'), '1')
  await host.ledger.until(1)
  await mkdir(join(host.ingest, 'a/b'), { recursive: true })
  await writeFile(join(host.ingest, 'a/b/two.mp4'), '2')
  await host.ledger.until(2)
  await writeFile(Buffer.concat([Buffer.from(`${host.ingest}/a/b/`), Buffer.from([0xff])]), '3')
  await host.ledger.until(3)
  await rename(host.ledger.sources[0]?.path ?? '', join(host.ingest, 'moved back.mp4'))
  t.equal((await host.ledger.until(4))[3]?.name, 'moved back.mp4')
})

t.test('a folder that was replaced by another gives hints again', async (t) => {
  const directory = t.testdir()
  await using host = await testIntake(directory, { rescan: NEVER })
  await mkdir(join(directory, 'other'))
  await rename(host.ingest, join(directory, 'old'))
  await rename(join(directory, 'other'), host.ingest)
  await host.intake.rescan()
  await writeFile(join(host.ingest, 'one.mp4'), '1')
  await host.ledger.until(1)
})

t.test('looks never overlap, and hints that never end leave time for other work', async (t) => {
  let looking = 0
  let looks = 0
  const schedule = scheduleLooks(async () => {
    t.equal((looking += 1), 1)
    looks += 1
    schedule.hint()
    await new Promise((resolve) => setTimeout(resolve, 20))
    schedule.hint()
    looking -= 1
  }, NEVER)
  const began = performance.now()
  await schedule.now()
  await until('five looks', () => looks >= 5)
  await schedule.stop()
  t.ok(performance.now() - began >= 4 * 90, 'five times what each took lies between them')
})

t.test('rsync: its temporary file is left alone, what it renames into place is taken whole', { skip: spawnSync('rsync', ['--version']).error !== undefined && 'rsync is not installed' }, async (t) => {
  const directory = t.testdir({ 'film.mp4': 'x'.repeat(3_000_000) })
  await using host = await testIntake(directory, { settle: 50 })
  // Slow enough that the temporary file settles several times over.
  const rsync = spawn('rsync', ['--bwlimit=2m', '--times', join(directory, 'film.mp4'), `${host.ingest}/`], { stdio: ['ignore', 'inherit', 'inherit'] })
  const ended = once(rsync, 'close')
  await until('the temporary file waits', () => host.intake.waiting().some(({ name, reason }) => /^\.film\.mp4\.\w{6}$/.test(name) && reason === 'temporary_name'))
  t.same(await ended, [0, null])
  t.equal((await readFile((await host.ledger.until(1))[0]?.path ?? '')).length, 3_000_000)
  t.equal(host.ledger.jobs.size, 1)
})

t.test('cp: a slow copy is taken whole', async (t) => {
  const directory = t.testdir()
  await using host = await testIntake(directory, { settle: 50 })
  // cp copies what comes through a FIFO, so that this end decides how fast it is.
  const fifo = join(directory, 'fifo')
  spawnSync('mkfifo', [fifo])
  const cp = spawn('cp', [fifo, join(host.ingest, 'film.mp4')], { stdio: ['ignore', 'inherit', 'inherit'] })
  const ended = once(cp, 'close')
  {
    await using feed = await open(fifo, 'w')
    for (let part = 0; part < 2; part += 1) {
      await feed.write('x'.repeat(300_000))
      await host.untilWaiting('film.mp4', 'settling')
      await host.untilWaiting('film.mp4', 'open_for_writing')
    }
  }
  t.same(await ended, [0, null])
  t.equal((await readFile((await host.ledger.until(1))[0]?.path ?? '')).length, 600_000)
  t.equal(host.ledger.jobs.size, 1)
})
