import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test as T } from 'tap'
import type { Colour } from '../../agent/switching/route.ts'
import { verifyJournal } from '../../shared/journal/journal.ts'
import type { EdgeHost } from './edge-host.ts'
import { until } from './until.ts'

/** What a client gets through Nginx: the colour of the sample app that answered it. */
export async function colourServed({ url }: Pick<EdgeHost, 'url'>): Promise<string> {
  const answer = await fetch(url)
  const [colour = ''] = (await answer.text()).split(' ')
  return colour
}

/** What must hold after any fault: journal whole, nothing unfinished, state, Nginx and clients agree. Answers the live colour. */
export async function agreement(t: T, host: EdgeHost): Promise<Colour> {
  const { body: service } = await host.agent.call('GET', '/v1/services/app')
  t.equal(await colourServed(host), service.live, 'clients get the colour that the agent names')
  // The agent may just be mending something by itself.
  await until('no operation is left open', async () => {
    const { body } = await host.agent.call('GET', '/v1/operations?limit=100')
    return body.operations.every((one: { outcome: string | null; step: string | null }) => one.outcome !== null && one.step === null)
  })
  t.match(await verifyJournal(join(host.agent.stateDir, 'operations.jsonl')), { ok: true }, 'the journal is whole')
  const { state } = JSON.parse(await readFile(join(host.agent.stateDir, 'state.json'), 'utf8'))
  t.equal(state.services.app.route.live, service.live, 'state.json says the same')
  return service.live
}
