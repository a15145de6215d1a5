import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { JobError, jobErrors } from '../../../encoder/job-errors.ts'
import { openDatabase } from '../../../encoder/jobs/database.ts'
import { JobLedger } from '../../../encoder/jobs/ledger.ts'
import { JobRunner, type JobWork } from '../../../encoder/jobs/runner.ts'
import { claimOf } from '../../support/claims.ts'
import { until } from '../../support/until.ts'

/** A ledger of jobs, and a runner of work that only the test decides on: each call of `make` waits for its answer. */
function stage(t: Test, { concurrency = 1 } = {}) {
  const database = openDatabase(join(t.testdir(), 'ledger.sqlite'))
  const ledger = new JobLedger(database)
  const made: string[] = []
  const answers = new Map<string, PromiseWithResolvers<void>>()
  const answer = (id: string) => {
    const waiting = answers.get(id) ?? Promise.withResolvers<void>()
    answers.set(id, waiting)
    return waiting
  }
  const work: JobWork = {
    async make({ id }, signal) {
      made.push(id)
      if (ledger.get(id).state === 'queued') ledger.enter(id, 'probing', '')
      if (ledger.get(id).state === 'probing') ledger.enter(id, 'encoding', '')
      const interrupted = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
      try {
        await Promise.race([answer(id).promise, interrupted])
      } finally {
        answers.delete(id)
      }
      ledger.enter(id, 'publishing', '')
    },
    async publish({ id }) {
      ledger.enter(id, 'finishing', '')
    },
    async finish({ id, error, cancelled_by: cancelled }) {
      ledger.enter(id, error !== null ? 'failed' : cancelled !== null ? 'cancelled' : 'done', '')
    },
  }
  const runner = new JobRunner({ ledger, work, log: pino({ level: 'silent' }), concurrency, attempts: 2 })
  t.teardown(async () => {
    await runner.stop()
    database.close()
  })
  const drop = (...names: string[]) => {
    const ids = ledger.begin(names.map((name) => claimOf(name)))
    for (const id of ids) ledger.enter(id, 'queued', 'claimed')
    return ids as [string, ...string[]]
  }
  const reaches = async (id: string, state: string) => until(`${id} is ${state}`, () => ledger.get(id).state === state)
  return { database, ledger, runner, made, answer, drop, reaches }
}

t.test('jobs take their places in turn, the higher priority first', async (t) => {
  const { ledger, runner, made, answer, drop, reaches } = stage(t)
  const [a, b = '', c = ''] = drop('a.mp4', 'b.mp4', 'c.mp4')
  ledger.change(c, { priority: 5 })
  for (const id of [a, b, c]) runner.consider(id)
  for (const id of [a, c, b]) {
    await until('its turn', () => made.at(-1) === id)
    answer(id).resolve()
    await reaches(id, 'done')
  }
  t.same(made, [a, c, b])
})

t.test('a priority that is raised while it waits counts', async (t) => {
  const { ledger, runner, made, answer, drop, reaches } = stage(t)
  const [a, b = '', c = ''] = drop('a.mp4', 'b.mp4', 'c.mp4')
  for (const id of [a, b, c]) runner.consider(id)
  ledger.change(c, { priority: 9 })
  runner.reprioritise(c, 9)
  answer(a).resolve()
  await until('the raised one', () => made.length === 2)
  t.same(made, [a, c])
  answer(c).resolve()
  await reaches(c, 'done')
})

t.test('two sources of one asset are done one after the other, however many places there are', async (t) => {
  const { runner, made, answer, drop, reaches } = stage(t, { concurrency: 4 })
  const [first, second = ''] = drop('a.mp4', 'a.mp4')
  for (const id of [second, first]) runner.consider(id)
  await until('the older one', () => made.length === 1)
  t.same(made, [first])
  answer(first).resolve()
  await until('the later one', () => made.length === 2)
  answer(second).resolve()
  await reaches(second, 'done')
})

t.test('a fault of the host blocks with its reason and goes on by a retry; one of the source ends in failed', async (t) => {
  const { ledger, runner, answer, drop, reaches } = stage(t)
  const [a] = drop('a.mp4')
  runner.consider(a)
  answer(a).reject(new JobError(jobErrors.noSpace, 'The disk is full', 'Free some space.'))
  await until('it is blocked', () => ledger.get(a).blocked !== null)
  t.match(ledger.get(a), { state: 'encoding', blocked: { fault: 'environment', code: 'no_space', retry_at: String } })
  ledger.change(a, { blocked: null })
  runner.consider(a)
  await until('it runs again', () => ledger.get(a).attempt === 2)
  answer(a).reject(new JobError(jobErrors.damaged, 'Nothing decodes from second 3 on', 'Export it again.', { at_s: 3 }))
  await reaches(a, 'failed')
  t.match(ledger.get(a).error, { fault: 'source', code: 'damaged', at_s: 3 })
  t.same(ledger.attempts(a).map(({ outcome }) => outcome), ['no_space', 'damaged'])
})

t.test('an ffmpeg that crashed too often is parked, and tried again by the next process', async (t) => {
  const { ledger, runner, answer, drop } = stage(t)
  const [a] = drop('a.mp4')
  ledger.change(a, { failures: 1 })
  runner.consider(a)
  answer(a).reject(new JobError(jobErrors.toolCrashed, 'ffmpeg was ended by SIGSEGV', 'See its last words.'))
  await until('it is parked', () => ledger.get(a).blocked !== null)
  t.equal(ledger.get(a).blocked?.retry_at, null)
  t.match(ledger.get(a).blocked?.advice, /greenroom-encoder retry/)
  runner.start()
  await until('it runs again', () => ledger.get(a).attempt === 2)
  answer(a).resolve()
})

t.test('a cancelled job stops, and only then is put away', async (t) => {
  const { ledger, runner, made, drop, reaches } = stage(t)
  const [a] = drop('a.mp4')
  runner.consider(a)
  await until('it runs', () => made.length === 1)
  ledger.change(a, { cancelled_by: 'operator' })
  await runner.interrupt(a, 'cancelled')
  await reaches(a, 'cancelled')
})

t.test('a daemon that stops leaves every job where it is', async (t) => {
  const { ledger, runner, made, drop } = stage(t, { concurrency: 2 })
  const ids = drop('a.mp4', 'b.mp4', 'c.mp4')
  for (const id of ids) runner.consider(id)
  await until('two run', () => made.length === 2)
  await runner.stop()
  t.same(ids.map((id) => ledger.get(id).state), ['encoding', 'encoding', 'queued'])
  t.ok(ids.every((id) => ledger.get(id).blocked === null))
})

t.test('a ledger that cannot be written holds a job with its reason, keeps nothing busy, and lets it go on by itself', async (t) => {
  const { database, runner, ledger, made, answer, drop, reaches } = stage(t)
  const [id] = drop('a.mp4')
  ledger.change(id, { blocked: { code: 'no_space', fault: 'environment', message: '', advice: '', since: '2026-01-01T00:00:00Z', retry_at: null } })
  database.exec('PRAGMA query_only = ON')
  runner.start()
  t.match(runner.held(id), { code: 'storage_failed', fault: 'environment', message: /readonly/ })
  database.exec('PRAGMA query_only = OFF')
  await until('it is made', () => made.length > 0)
  database.exec('PRAGMA query_only = ON')
  answer(id).resolve()
  await until('it is held again', () => runner.held(id))
  database.exec('PRAGMA query_only = OFF')
  await until('it is made again', () => made.length > 1)
  t.equal(runner.held(id), null)
  answer(id).resolve()
  await reaches(id, 'done')
  t.match(ledger.attempts(id), [{ outcome: 'crash' }, { outcome: 'done' }], 'of the one in between the end could not be written')
})
