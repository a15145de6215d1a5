import t from 'tap'
import { JobError, jobErrors } from '../../../encoder/job-errors.ts'
import { Gate, type Backoff, type GateOptions } from '../../../encoder/publish/gate.ts'
import { Strikes } from '../../../encoder/publish/strikes.ts'
import { NEVER } from '../../support/publisher.ts'

const BACKOFF: Backoff = { first: 4, most: 16, environment: 30 }
const away = new JobError(jobErrors.storeUnreachable, 'It is away.', 'Wait.')
const denied = new JobError(jobErrors.storeDenied, 'It refuses.', 'Mend it.')

function gate(options: Partial<GateOptions> = {}): Gate {
  return new Gate({ now: () => new Date(), backoff: BACKOFF, ...options })
}

t.test('while the store works nobody waits; after a failure one tries at a time', async (t) => {
  const told: (string | null)[] = []
  const at = gate({ changed: (problem) => told.push(problem?.code ?? null) })
  const [a, b] = [await at.enter(NEVER), await at.enter(NEVER)]
  a.failed(away)
  b.failed(away)
  t.strictSame(told, ['store_unreachable'], 'what failed at the same time is one failure')
  const probe = await at.enter(NEVER)
  let entered = 0
  const others = [1, 2, 3].map(async () => {
    const turn = await at.enter(NEVER)
    entered += 1
    return turn
  })
  await new Promise((resolve) => setTimeout(resolve, 40))
  t.equal(entered, 0, 'the others wait for what the one finds')
  probe.succeeded()
  t.equal((await Promise.all(others)).length, 3)
  t.equal(at.problem, null)
  t.strictSame(told, ['store_unreachable', null])
})

t.test('pauses grow up to a limit, with jitter; what somebody must mend is tried at a steady pace', async (t) => {
  const now = new Date()
  const at = gate({ now: () => now })
  const pauses: number[] = []
  for (let round = 0; round < 6; round += 1) {
    ;(await at.enter(NEVER)).failed(away)
    pauses.push(Date.parse(at.problem?.retry_at ?? '') - now.getTime())
  }
  for (const [round, most] of [4, 8, 16, 16, 16, 16].entries()) t.ok((pauses[round] ?? 99) <= most && (pauses[round] ?? 0) >= most * 0.75 - 1, `pause ${round}: ${pauses[round]} of ${most} ms`)
  ;(await at.enter(NEVER)).failed(denied)
  t.match(at.problem, { code: 'store_denied', fault: 'environment' })
})

t.test('a problem says since when it lasts; somebody who mends it makes it try at once', async (t) => {
  const at = gate({ backoff: { first: 1, most: 1, environment: 3_600_000 } })
  ;(await at.enter(NEVER)).failed(away)
  const since = at.problem?.since
  ;(await at.enter(NEVER)).failed(denied)
  t.equal(at.problem?.since, since)
  const entering = at.enter(NEVER)
  at.retry()
  ;(await entering).succeeded()
  t.equal(at.problem, null)
})

t.test('what must be done before all may go on is done by the first who tries', async (t) => {
  let mended = 0
  const at = gate({ mend: ({ code }) => (code === 'store_denied' ? async () => void (mended += 1) : null) })
  ;(await at.enter(NEVER)).failed(denied)
  await Promise.all([at.enter(NEVER), at.enter(NEVER)])
  t.equal(mended, 1)
})

t.test('what must be done is still due where something else fails before it, or it fails itself', async (t) => {
  let tries = 0
  const at = gate({
    mend: ({ code }) => {
      if (code !== 'store_denied') return null
      return async () => {
        tries += 1
        if (tries < 3) throw away
      }
    },
  })
  ;(await at.enter(NEVER)).failed(denied)
  await at.enter(NEVER)
  t.equal(tries, 3)
  t.equal(at.problem, null)
})

t.test('waiting ends with the signal, and what is no fault of the store is thrown on', async (t) => {
  const at = gate({ backoff: { first: 3_600_000, most: 3_600_000, environment: 1 } })
  await t.rejects(at.insist(NEVER, async () => Promise.reject(new TypeError('ours'))), TypeError)
  t.equal(at.problem, null)
  ;(await at.enter(NEVER)).failed(away)
  const stop = new AbortController()
  const waiting = at.enter(stop.signal)
  stop.abort(new Error('enough'))
  await t.rejects(waiting, { message: 'enough' })
})

t.test('an object that fails while others succeed waits longer and longer; in an outage none does', (t) => {
  const strikes = new Strikes({ first: 60_000, most: 600_000, environment: 1 })
  strikes.failed(1)
  strikes.failed(2)
  t.strictSame(strikes.avoided(), [1, 2])
  strikes.succeeded(2)
  t.strictSame(strikes.avoided(), [], 'the outage is over')
  strikes.failed(1)
  strikes.succeeded(3)
  t.strictSame(strikes.avoided(), [1], 'it was this object')
  t.ok((strikes.wait() ?? 0) > 50_000)
  strikes.succeeded(1)
  t.strictSame(strikes.avoided(), [])
  t.notOk(strikes.startOver())
  t.end()
})
