import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { addToken } from '../../shared/auth/manage-tokens.ts'
import { signedAuthorization } from '../../shared/auth/signed-call.ts'
import { agreement } from '../support/agreement.ts'
import { testEdgeHost, type EdgeHost } from '../support/edge-host.ts'
import { noSettableClock, settableClock } from '../support/settable-clock.ts'

const DAY = 86_400

async function journaledTimes({ agent }: EdgeHost): Promise<string[]> {
  const lines = (await readFile(join(agent.stateDir, 'operations.jsonl'), 'utf8')).trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line).at)
}

t.test('a clock that is set forward and back: switches go on, are proven, and stay in order', { skip: noSettableClock }, async (t) => {
  const clock = await settableClock(t.testdir())
  await using host = await testEdgeHost({ agent: { env: clock.env } })
  const { agent } = host
  const ids: string[] = []
  for (const [offset, to] of [[0, 'green'], [DAY, 'blue'], [-DAY, 'green'], [0, 'blue']] as const) {
    await clock.set(offset)
    const began = performance.now()
    const { status, body } = await agent.call('POST', '/v1/services/app/switch', { to })
    t.equal(status, 200)
    t.ok(body.timings_ms.total >= 0 && body.timings_ms.total <= performance.now() - began, 'durations do not go by the wall clock')
    t.ok(Math.abs(Date.parse(body.started_at) - clock.now()) < 60_000, 'times do')
    ids.push(body.id)
  }
  t.equal(await agreement(t, host), 'blue')

  await clock.set(-2 * DAY)
  await agent.restart('SIGKILL')
  const { body: late } = await agent.call('POST', '/v1/services/app/rollback')
  t.match(late, { outcome: 'succeeded', to: 'green' })
  const { body: newest } = await agent.call('GET', '/v1/operations?service=app&limit=3')
  t.same(newest.operations.map(({ id }: { id: string }) => id), [late.id, ids[3], ids[2]], 'the newest stand first, whatever the clock said')
  const { body: next } = await agent.call('GET', `/v1/operations?service=app&limit=3&before=${ids[2]}`)
  t.same(next.operations.map(({ id }: { id: string }) => id), [ids[1], ids[0]], 'also from page to page')
  t.equal(await agreement(t, host), 'green')
  const times = await journaledTimes(host)
  t.not(times.toSorted().join(), times.join(), 'the jumps are in the journal')
  t.equal((await agent.command('audit', 'verify')).code, 0)
})

t.test('a clock that is set while a pool is changed: the reload is proven, and nobody’s edit is suspected', { skip: noSettableClock }, async (t) => {
  const clock = await settableClock(t.testdir())
  await using host = await testEdgeHost({ app: { strategy: 'reload' }, agent: { env: clock.env } })
  const { agent, nginx } = host
  for (const [offset, to] of [[DAY, 'green'], [-DAY, 'blue'], [0, 'green']] as const) {
    await clock.set(offset)
    t.match(await agent.call('POST', '/v1/services/app/switch', { to }), { status: 200, body: { warnings: [] } })
  }
  await clock.set(-DAY)
  await nginx.stop()
  await nginx.start()
  await agent.ready()
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'blue' }), { status: 200, body: { warnings: [] } }, 'nor after a start of Nginx')
  t.equal(await agreement(t, host), 'blue')
})

t.test('a signed call cannot be replayed, however the clock is set', { skip: noSettableClock }, async (t) => {
  const clock = await settableClock(t.testdir())
  await using host = await testEdgeHost({ agent: { env: clock.env } })
  const { agent } = host
  const key = await addToken(agent.tokensFile, { name: 'signer', role: 'operator', signing: true })
  await agent.restart()
  const target = '/v1/services/app/switch?to=green&dry_run=true'
  let nonces = 0
  const sign = (ahead = 0) => signedAuthorization('signer', key, Math.floor(clock.now() / 1000) + ahead, `nonce-of-16-chars-${nonces++}`, { method: 'POST', target, body: Buffer.alloc(0) })
  const call = async (authorization: string) => {
    const answer = await fetch(`${agent.url}${target}`, { method: 'POST', headers: { authorization } })
    return { status: answer.status, body: (await answer.json()) as object }
  }
  const taken = sign(20)
  t.match(await call(taken), { status: 200 })
  t.match(await call(taken), { status: 401, body: { detail: /nonce was used before/ } })
  await clock.set(-30)
  t.match(await call(taken), { status: 401 }, 'set back a little')
  await clock.set(DAY)
  t.match(await call(sign()), { status: 200 }, 'set forward: calls of the new time are taken')
  await clock.set(0)
  t.match(await call(taken), { status: 401 }, 'set back again: what was forgotten meanwhile is still refused')
  const fresh = sign()
  t.match(await call(fresh), { status: 401, body: { detail: /signed until .*a clock was set back\. Until then use a bearer token or the unix socket/ } }, 'and a fresh one too, until the clock is past the time taken before')
  await agent.restart('SIGKILL')
  t.match(await call(taken), { status: 401 }, 'also after a restart')
  t.equal((await agent.call('POST', '/v1/services/app/switch', { to: 'green' })).status, 200, 'bearer tokens know no clock')
})
