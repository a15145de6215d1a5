import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test as T } from 'tap'
import { STEPS, type Step } from '../../agent/switching/operation.ts'
import type { Colour } from '../../agent/switching/route.ts'
import { verifyJournal } from '../../shared/journal/journal.ts'
import { testEdgeHost, type EdgeHost } from '../support/edge-host.ts'
import { until } from '../support/until.ts'

/** A switch goes through all of these when nothing fails. */
const WAY: readonly Step[] = STEPS.filter((step) => step !== 'restore')

async function colourServed({ url }: EdgeHost): Promise<string> {
  const answer = await fetch(url)
  const [colour = ''] = (await answer.text()).split(' ')
  return colour
}

/** What must hold after any crash: journal whole, nothing unfinished, state, Nginx and clients agree. */
async function agreement(t: T, host: EdgeHost): Promise<Colour> {
  const { body: service } = await host.agent.call('GET', '/v1/services/app')
  t.equal(await colourServed(host), service.live, 'clients get the colour that the agent names')
  const { body } = await host.agent.call('GET', '/v1/operations?limit=100')
  t.same(body.operations.filter((one: { outcome: string | null }) => one.outcome === null), [], 'no operation is left open')
  t.match(await verifyJournal(join(host.agent.stateDir, 'operations.jsonl')), { ok: true }, 'the journal is whole')
  const { state } = JSON.parse(await readFile(join(host.agent.stateDir, 'state.json'), 'utf8'))
  t.equal(state.services.app.route.live, service.live, 'state.json says the same')
  return service.live
}

for (const strategy of ['instant', 'reload']) {
  t.test(`kill -9 of the agent at each step of a switch (${strategy}) leaves nothing that the next start does not end`, async (t) => {
    await using host = await testEdgeHost({ app: { strategy } })
    const { agent } = host
    for (const step of WAY) {
      const { body: before } = await agent.call('GET', '/v1/services/app')
      const to: Colour = before.live === 'blue' ? 'green' : 'blue'
      await agent.kill()
      await agent.startDoomed(step)
      await agent.ready()
      // Its answer never comes, or came just before the end: both are fine for the client that asked.
      await agent.call('POST', '/v1/services/app/switch', { to }).catch(() => null)
      t.equal((await agent.ended()).signal, 'SIGKILL', `killed entering ${step}`)
      t.ok(['blue', 'green'].includes(await colourServed(host)), 'clients are served with the agent dead')
      await agent.start()
      await agent.ready()
      const live = await agreement(t, host)
      const changed = WAY.indexOf(step) > WAY.indexOf('apply')
      t.equal(live, changed ? to : before.live, `entering ${step}: ${changed ? 'what Nginx proves is finished' : 'nothing had changed'}`)
    }
    t.equal((await agent.call('POST', '/v1/services/app/switch', { to: 'green' })).status, 200)
    t.equal((await agent.call('POST', '/v1/services/app/switch', { to: 'blue' })).status, 200, 'and it goes on switching')
  })

  t.test(`kill -9 of the agent at random times during switches (${strategy})`, async (t) => {
    await using host = await testEdgeHost({ app: { strategy, health: { path: '/healthz', successes: 1, interval: '10ms' } } })
    const { agent } = host
    for (let round = 0; round < 6; round++) {
      const { body: before } = await agent.call('GET', '/v1/services/app')
      const asked = agent.call('POST', '/v1/services/app/switch', { to: before.live === 'blue' ? 'green' : 'blue' }).catch(() => null)
      const steps = Math.floor(Math.random() * 40)
      // Some turns of the event loop later, which is somewhere in the few milliseconds that a switch takes.
      for (let turn = 0; turn < steps; turn++) await new Promise(setImmediate)
      await agent.kill('SIGKILL')
      await asked
      await agent.start()
      await agent.ready()
      await agreement(t, host)
    }
  })
}

t.test('kill -9 of Nginx: after its restart it serves the journaled colour, and the agent is ready again by itself', async (t) => {
  await using host = await testEdgeHost()
  const { agent, nginx } = host
  await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  await nginx.stop('SIGKILL')
  const refused = await agent.call('POST', '/v1/services/app/switch', { to: 'blue' })
  t.match(refused, { status: 503, body: { code: 'nginx_not_running', detail: /Start it/ } })
  await until('readyz tells', async () => (await agent.call('GET', '/readyz')).status === 503)
  await nginx.start()
  await agent.ready()
  t.equal(await agreement(t, host), 'green')
})

t.test('kill -9 of both: the next starts agree on the colour that was live', async (t) => {
  await using host = await testEdgeHost()
  const { agent, nginx } = host
  await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  await Promise.all([agent.kill('SIGKILL'), nginx.stop('SIGKILL')])
  await nginx.start()
  t.equal(await colourServed(host), 'green', 'Nginx alone, as after a reboot')
  await agent.start()
  await agent.ready()
  t.equal(await agreement(t, host), 'green')
})

t.test('SIGTERM during a switch: the caller gets its answer, and then the agent ends', async (t) => {
  await using host = await testEdgeHost({ app: { health: { path: '/healthz', successes: 3, interval: '200ms' } } })
  const { agent } = host
  const asked = agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  await until('it is under way', async () => (await agent.call('GET', '/v1/services/app')).body.operation !== null)
  const ended = agent.kill('SIGTERM')
  t.match(await asked, { status: 503, body: { code: 'stopping' } }, 'its gates are ended, nothing has changed')
  t.match(await ended, { code: 0 })
  t.equal(await colourServed(host), 'blue')
})
