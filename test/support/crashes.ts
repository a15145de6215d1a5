import type { Test as T } from 'tap'
import { STEPS, type Step } from '../../agent/switching/operation.ts'
import { otherColour, type Colour } from '../../agent/switching/route.ts'
import { agreement, colourServed } from './agreement.ts'
import { testEdgeHost } from './edge-host.ts'

type Strategy = 'instant' | 'reload'

/** A switch goes through all of these when nothing fails. */
const WAY: readonly Step[] = STEPS.filter((step) => step !== 'restore')

/** Each start ends what the crash before left open, and dies at the next step. */
export async function killedAtEachStep(t: T, strategy: Strategy): Promise<void> {
  await using host = await testEdgeHost({ app: { strategy } })
  const { agent } = host
  let live: Colour = 'blue'
  await agent.kill()
  for (const [index, step] of WAY.entries()) {
    const to = otherColour(live)
    await agent.startDoomed(step)
    await agent.ready()
    if (index > 0) t.equal(await agreement(t, host), live, `entering ${WAY[index - 1]}: what Nginx proves is finished, all else restored`)
    // Its answer never comes, or came just before the end: both are fine for the client that asked.
    await agent.call('POST', '/v1/services/app/switch', { to }).catch(() => null)
    t.equal((await agent.ended()).signal, 'SIGKILL', `killed entering ${step}`)
    t.ok(['blue', 'green'].includes(await colourServed(host)), 'clients are served with the agent dead')
    if (index > WAY.indexOf('apply')) live = to
  }
  await agent.start()
  await agent.ready()
  t.equal(await agreement(t, host), live)
  t.equal((await agent.call('POST', '/v1/services/app/switch', { to: 'green' })).status, 200)
  t.equal((await agent.call('POST', '/v1/services/app/switch', { to: 'blue' })).status, 200, 'and it goes on switching')
}

export async function killedAtRandom(t: T, strategy: Strategy): Promise<void> {
  await using host = await testEdgeHost({ app: { strategy, health: { path: '/healthz', successes: 1, interval: '10ms' } } })
  const { agent } = host
  for (let round = 0; round < 5; round++) {
    const { body: before } = await agent.call('GET', '/v1/services/app')
    const asked = agent.call('POST', '/v1/services/app/switch', { to: otherColour(before.live) }).catch(() => null)
    const turns = Math.floor(Math.random() * 40)
    // Some turns of the event loop later, which is somewhere in the few milliseconds that a switch takes.
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
    await agent.kill('SIGKILL')
    await asked
    await agent.start()
    await agent.ready()
    await agreement(t, host)
  }
}
