import t from 'tap'
import { agreement } from '../support/agreement.ts'
import { testEdgeHost, type EdgeHost } from '../support/edge-host.ts'

const lastChange = async ({ agent }: EdgeHost) => (await agent.call('GET', '/v1/operations?limit=1')).body.operations[0]

t.test('a second agent ends with 1 and names the first, which notices nothing; so does a rollback --offline', async (t) => {
  await using host = await testEdgeHost()
  const { agent } = host
  await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  const slow = agent.call('POST', '/v1/services/app/switch', { to: 'blue' })
  const second = await agent.command('run')
  t.equal(second.code, 1)
  t.match(second.stderr, new RegExp(`in use by another agent \\(process ${agent.pid}\\).*stop that one, or talk to it`))
  t.match(await slow, { status: 200 })

  const offline = await agent.command('rollback', 'app', '--offline')
  t.equal(offline.code, 1)
  t.match(offline.stderr, new RegExp(`process ${agent.pid}`))
  t.match(offline.stderr, /Without --offline the same is asked of it/)
  t.equal(await agreement(t, host), 'blue')
  t.match(await agent.call('POST', '/v1/services/app/rollback'), { status: 200 }, 'the first one goes on')
  t.equal(await agreement(t, host), 'green')
})

for (const strategy of ['instant', 'reload']) {
  t.test(`rollback --offline with the daemon dead (${strategy}): the same journal, and the next agent knows of it`, async (t) => {
    await using host = await testEdgeHost({ app: { strategy } })
    const { agent } = host
    await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
    await agent.kill('SIGKILL')
    const { stdout, stderr, code } = await agent.command('rollback', 'app', '--offline', '--reason', 'the agent is dead', '--json')
    t.equal(code, 0, stderr)
    t.match(JSON.parse(stdout), { kind: 'rollback', from: 'green', to: 'blue', outcome: 'succeeded', actor: /^offline/, reason: 'the agent is dead' })
    t.match(await (await fetch(host.url)).text(), /^blue/)
    const verified = await agent.command('audit', 'verify')
    t.equal(verified.code, 0, verified.stdout + verified.stderr)
    await agent.start()
    await agent.ready()
    t.equal(await agreement(t, host), 'blue')
    t.match(await lastChange(host), { kind: 'rollback', reason: 'the agent is dead' })
    t.match(await agent.call('POST', '/v1/services/app/rollback'), { status: 200, body: { to: 'green' } }, 'and can go forward again')
  })
}

t.test('a crash in the middle of a switch, then rollback --offline: what was left open is ended first, then it rolls back', async (t) => {
  await using host = await testEdgeHost()
  const { agent } = host
  await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  await agent.kill()
  await agent.startDoomed('outcome')
  await agent.ready()
  await agent.call('POST', '/v1/services/app/switch', { to: 'blue' }).catch(() => null)
  await agent.ended()
  const { stdout, stderr, code } = await agent.command('rollback', 'app', '--offline')
  t.equal(code, 0, stderr)
  t.match(stdout, /green is live again/)
  const verified = await agent.command('audit', 'verify')
  t.equal(verified.code, 0, verified.stdout + verified.stderr)
  await agent.start()
  await agent.ready()
  t.equal(await agreement(t, host), 'green')
})
