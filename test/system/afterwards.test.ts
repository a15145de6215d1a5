import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { testEdgeHost } from '../support/edge-host.ts'
import { until } from '../support/until.ts'

t.test('a switch that the stopping agent did not begin is done when it is asked for again, with the same key', async (t) => {
  await using host = await testEdgeHost({ app: { health: { path: '/healthz', successes: 3, interval: '200ms' } } })
  const { agent } = host
  const ask = async () => agent.call('POST', '/v1/services/app/switch?to=green', undefined, { 'idempotency-key': 'release-42' })
  const first = ask()
  await until('it runs', async () => (await agent.call('GET', '/v1/services/app')).body.operation !== null)
  await agent.kill()
  t.match(await first, { status: 503, body: { code: 'stopping' } })
  await agent.start()
  await agent.ready()
  t.match(await ask(), { status: 200, body: { outcome: 'succeeded' } })
  const again = await ask()
  t.match(again, { status: 200, body: { outcome: 'succeeded' } })
  t.equal(again.headers.get('idempotency-replayed'), 'true')
})

t.test('refused calls that somebody cuts off the end of the journal are missed', async (t) => {
  await using host = await testEdgeHost()
  const { agent } = host
  const journal = join(agent.stateDir, 'operations.jsonl')
  const cut = async (what: string) => {
    await agent.kill()
    const whole = await readFile(journal, 'utf8')
    await writeFile(journal, `${whole.trimEnd().split('\n').slice(0, -1).join('\n')}\n`)
    t.match(await agent.command('audit', 'verify'), { code: 1, stdout: /cut off the end/ }, what)
    await writeFile(journal, whole)
    t.match(await agent.command('audit', 'verify'), { code: 0 })
    await agent.start()
    await agent.ready()
  }
  await agent.call('POST', '/v1/services/app/switch?to=green', undefined, { authorization: 'Bearer wrong' })
  await cut('a wrong credential')
  await host.apps.green[Symbol.asyncDispose]()
  t.equal((await agent.call('POST', '/v1/services/app/switch?to=green')).status, 422)
  await cut('a gate that refused')
})
