import t from 'tap'
import { addToken, revokeToken } from '../../shared/auth/manage-tokens.ts'
import { signedAuthorization } from '../../shared/auth/signed-call.ts'
import type { TestAgent } from '../support/agent.ts'
import { testEdgeHost } from '../support/edge-host.ts'
import { until } from '../support/until.ts'

const SWITCH = '/v1/services/app/switch?to=green'

/** Waits until the agent has read its tokens file anew so often; any call makes it look. */
async function tokensRead(agent: TestAgent, times: number): Promise<void> {
  await until(`the tokens file was read ${times} times`, async () => {
    await agent.call('GET', '/readyz')
    return agent.output().split('tokens file read anew').length > times
  })
}

t.test('a signed switch moves traffic once; its replay is refused, also by the agent that a kill -9 brought back', async (t) => {
  await using host = await testEdgeHost()
  const { agent } = host
  const secret = await addToken(agent.tokensFile, { name: 'deploy', role: 'operator', signing: true })
  // Ahead of the clock, as some clients are: a rule about the time of the start would take it again.
  const timestamp = Math.floor(Date.now() / 1000) + 40
  const authorization = signedAuthorization('deploy', secret, timestamp, 'nonce-of-the-test-1', { method: 'POST', target: SWITCH, body: Buffer.alloc(0) })
  const call = async () => fetch(`${agent.url}${SWITCH}`, { method: 'POST', headers: { authorization } })
  await tokensRead(agent, 1)
  t.equal((await call()).status, 200)
  t.equal((await fetch(host.url)).headers.get('x-colour'), 'green')
  t.match(await (await call()).json(), { code: 'unauthenticated', reason: 'replayed' })
  await agent.restart('SIGKILL')
  t.match(await (await call()).json(), { code: 'unauthenticated', reason: 'old' })
  t.match((await agent.call('GET', '/v1/services/app')).body, { live: 'green', revision: 2 })
})

t.test('a revoked token is refused without a restart, and every refusal is in a journal that verifies', async (t) => {
  await using host = await testEdgeHost()
  const { agent } = host
  const token = await addToken(agent.tokensFile, { name: 'ci', role: 'rollback' })
  const post = async (path: string) => (await fetch(`${agent.url}${path}`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })).status
  await tokensRead(agent, 1)
  t.equal(await post(SWITCH), 403)
  await revokeToken(agent.tokensFile, 'ci')
  await tokensRead(agent, 2)
  t.equal(await post(SWITCH), 401)
  const { entries } = (await agent.call('GET', '/v1/audit?limit=500')).body
  const attempts = entries.filter(({ type }: { type: string }) => type === 'attempt')
  t.match(attempts.find(({ actor }: { actor: string }) => actor === 'token:ci'), { status: 403, code: 'forbidden', path: '/v1/services/app/switch', source: '127.0.0.1' })
  t.match(attempts.at(-1), { actor: 'anonymous', status: 401 })
  t.equal((await agent.command('audit', 'verify')).code, 0)
  t.notMatch(agent.output(), token.slice(-43))
})

t.test('the real journal refuses what the API lets through: another operation, an old revision, a used key', async (t) => {
  await using host = await testEdgeHost()
  const { agent } = host
  const answers = await Promise.all(Array.from({ length: 20 }, async () => agent.call('POST', SWITCH)))
  const won = answers.filter(({ status }) => status === 200)
  t.equal(won.length + answers.filter(({ status, body }) => status === 409 && body.operation === won[0]?.body.id).length, 20)
  t.equal((await agent.call('POST', SWITCH, undefined, { 'if-match': '"1"' })).status, 412)
  const headers = { 'idempotency-key': 'k1' }
  const first = await agent.call('POST', '/v1/services/app/switch?to=blue', undefined, headers)
  const again = await agent.call('POST', '/v1/services/app/switch', { to: 'blue' }, headers)
  t.equal(again.body.id, first.body.id)
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.equal((await agent.call('POST', '/v1/services/app/rollback', undefined, headers)).status, 422)
})
