import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDatabase } from '../../../encoder/jobs/database.ts'
import { JobLedger } from '../../../encoder/jobs/ledger.ts'
import { claimOf } from '../../support/claims.ts'

function openLedger(t: Test) {
  const database = openDatabase(join(t.testdir(), 'ledger.sqlite'))
  t.teardown(() => database.close())
  return new JobLedger(database)
}

t.test('claims of one batch are written together and keep their order', (t) => {
  const ledger = openLedger(t)
  const ids = ledger.begin([claimOf('a.mp4'), claimOf('b.mp4'), claimOf('c.mp4')])
  t.same(ids, ids.toSorted())
  t.same(ledger.unfinished().map(({ claim }) => claim.name), ['a.mp4', 'b.mp4', 'c.mp4'])
  t.end()
})

t.test('a job goes only the ways that the state machine has', (t) => {
  const ledger = openLedger(t)
  const [id = ''] = ledger.begin([claimOf('a.mp4')])
  t.throws(() => ledger.enter(id, 'encoding', ''), /cannot go from claiming to encoding/)
  ledger.enter(id, 'queued', 'claimed')
  ledger.enter(id, 'probing', '')
  ledger.enter(id, 'encoding', '')
  ledger.enter(id, 'failed', 'no good')
  t.match(ledger.get(id), { state: 'failed', ended_at: String })
  t.same(ledger.history(id).map(({ state }) => state), ['claiming', 'queued', 'probing', 'encoding', 'failed'])
  t.end()
})

t.test('a finished chunk is recorded once, counted, and forgives earlier failures of the tool', (t) => {
  const ledger = openLedger(t)
  const [id = ''] = ledger.begin([claimOf('a.mp4')])
  ledger.change(id, { failures: 3 })
  const chunk = { index: 0, frames: 96, damaged: 0, inits: [], segments: [] }
  ledger.recordChunk(id, chunk)
  t.throws(() => ledger.recordChunk(id, chunk), /UNIQUE/)
  t.same(ledger.chunks(id), [chunk])
  t.same(ledger.chunks(id, 1), [], 'only those from there on')
  t.match(ledger.get(id), { failures: 0, chunks_encoded: 1 })
  t.end()
})

t.test('a retry after the end begins anew, under a version of another name', (t) => {
  const ledger = openLedger(t)
  const [id = ''] = ledger.begin([claimOf('a.mp4')])
  ledger.enter(id, 'queued', '')
  ledger.recordChunk(id, { index: 0, frames: 96, damaged: 0, inits: [], segments: [] })
  ledger.recordStep(id, 'audio', { some: 'thing' })
  const first = ledger.get(id).version
  ledger.enter(id, 'failed', '', { error: { fault: 'source', code: 'damaged', message: 'm', advice: 'a', at_s: 3 } })
  const again = ledger.restart(id, 'asked for')
  t.match(again, { state: 'queued', error: null, version: `${first}-2`, chunks_encoded: 1 })
  t.same(ledger.chunks(id), [])
  t.equal(ledger.step(id, 'audio'), null)
  ledger.enter(id, 'cancelled', '')
  t.equal(ledger.restart(id, '').version, `${first}-3`)
  t.end()
})

t.test('of one asset the older job goes first, unless it is paused', (t) => {
  const ledger = openLedger(t)
  const [older = '', newer = '', other = ''] = ledger.begin([claimOf('a.mp4'), claimOf('a.mp4'), claimOf('b.mp4')])
  t.notOk(ledger.hasOlder(ledger.get(older)))
  t.ok(ledger.hasOlder(ledger.get(newer)))
  t.notOk(ledger.hasOlder(ledger.get(other)))
  ledger.change(older, { paused: true })
  t.notOk(ledger.hasOlder(ledger.get(newer)))
  t.equal(ledger.oldestOf('a'), newer)
  t.end()
})

t.test('the job that made what is shown is found, whatever came after it', (t) => {
  const ledger = openLedger(t)
  const [shown = '', newer = '', failed = ''] = ledger.begin([claimOf('a.mp4'), claimOf('a.mp4'), claimOf('a.mp4')])
  for (const [id, source_sha256] of [[shown, 'one'], [newer, 'two'], [failed, 'one']] as const) {
    ledger.enter(id, 'queued', '')
    ledger.enter(id, 'probing', '')
    ledger.change(id, { source_sha256, recipe_hash: 'recipe' })
    if (id === failed) ledger.enter(id, 'failed', '')
    else for (const state of ['finishing', 'done'] as const) ledger.enter(id, state, '')
  }
  t.equal(ledger.lastDone('a')?.id, newer)
  t.equal(ledger.lastDoneOf('a', 'one', 'recipe')?.id, shown)
  t.equal(ledger.lastDoneOf('a', 'one', 'another'), null)
  t.end()
})

t.test('the list has what is open first, then what ended, the newest on top', (t) => {
  const ledger = openLedger(t)
  const [a = '', b = '', c = '', d = ''] = ledger.begin(['a', 'b', 'c', 'd'].map((name) => claimOf(`${name}.mp4`)))
  for (const id of [a, c]) {
    ledger.enter(id, 'queued', '')
    ledger.enter(id, 'failed', '')
  }
  t.same(ledger.list().map(({ id }) => id), [b, d, c, a])
  t.same(ledger.list({ limit: 3 }).map(({ id }) => id), [b, d, c])
  t.same(ledger.list({ states: ['failed'], before: c }).map(({ id }) => id), [a])
  t.same(ledger.list({ asset: 'd' }).map(({ id }) => id), [d])
  t.equal(ledger.counts().failed, 2)
  t.end()
})

t.test('an attempt whose end was never written is told as a crash by the next', (t) => {
  const ledger = openLedger(t)
  const [id = ''] = ledger.begin([claimOf('a.mp4')])
  ledger.beginAttempt(id)
  const second = ledger.beginAttempt(id)
  ledger.endAttempt(id, second, 'done')
  t.match(ledger.attempts(id), [{ number: 1, outcome: 'crash', ended_at: null }, { number: 2, outcome: 'done', ended_at: String }])
  t.end()
})

t.test('what another process opens is what was written', (t) => {
  const directory = t.testdir()
  const file = join(directory, 'ledger.sqlite')
  const first = openDatabase(file)
  const [id = ''] = new JobLedger(first).begin([claimOf('ü\n.mp4')])
  first.close()
  const second = openDatabase(file)
  t.teardown(() => second.close())
  t.equal(new JobLedger(second).get(id).claim.name, 'ü\n.mp4')
  t.end()
})
