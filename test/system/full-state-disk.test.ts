import { readFile, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Colour } from '../../agent/switching/route.ts'
import { addToken } from '../../shared/auth/manage-tokens.ts'
import { signedAuthorization } from '../../shared/auth/signed-call.ts'
import { agreement, colourServed } from '../support/agreement.ts'
import { testEdgeHost, type EdgeHost } from '../support/edge-host.ts'
import { probePoint, type ProbePoint } from '../support/probe.ts'
import { noSmallDisk, smallDisk, type SmallDisk } from '../support/small-disk.ts'
import { until } from '../support/until.ts'

const PAGE = 4096

interface Full {
  readonly host: EdgeHost
  readonly disk: SmallDisk
  readonly probe: ProbePoint
}

async function hostOnSmallDisk(stack: AsyncDisposableStack): Promise<Full> {
  const disk = stack.use(await smallDisk())
  let url = ''
  const probe = stack.use(await probePoint(() => url))
  const host = stack.use(await testEdgeHost({ app: { probe: { url: probe.url } }, agent: { stateDir: join(disk.path, 'state') } }))
  url = host.url
  return { host, disk, probe }
}

/**
 * A file grows in whole pages, so the journal finds some room even on a full disk: refused calls, which are journaled
 * too, use it up until it is between `most` and some 400 bytes less.
 */
async function leaveInPage({ host: { agent } }: Full, most: number): Promise<void> {
  const room = async () => PAGE - ((await stat(join(agent.stateDir, 'operations.jsonl'))).size % PAGE)
  while ((await room()) > most) await agent.call('POST', '/v1/services/none/switch', { to: 'green' })
}

/** state.json is written after the journal has its line, which is all that readyz waits for. */
async function stateSays({ agent }: EdgeHost, live: Colour): Promise<void> {
  await until(`state.json says ${live}`, async () => {
    const { state } = JSON.parse(await readFile(join(agent.stateDir, 'state.json'), 'utf8'))
    return state.services.app.route.live === live
  })
}

const journalLines = async ({ agent }: EdgeHost) => (await readFile(join(agent.stateDir, 'operations.jsonl'), 'utf8')).split('\n').length

t.test('a disk that is full before the intent: 507 names the file and what to do, and nothing has changed', { skip: noSmallDisk }, async (t) => {
  await using stack = new AsyncDisposableStack()
  const full = await hostOnSmallDisk(stack)
  const { host, disk } = full
  await leaveInPage(full, 600)
  await disk.fill()
  const lines = await journalLines(host)
  const revision = (await host.agent.call('GET', '/v1/services/app')).body.revision
  const refused = await host.agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  t.match(refused, { status: 507, body: { code: 'storage_failed', detail: /state\/operations\.jsonl .*ENOSPC.*free some space/i } })
  t.equal(await colourServed(host), 'blue')
  t.match((await host.agent.call('GET', '/v1/services/app')).body, { live: 'blue', revision, operation: null })
  t.equal(await journalLines(host), lines, 'no part of a line is left in the journal')
  t.match(await host.agent.call('POST', '/v1/services/none/switch', { to: 'green' }), { status: 404 }, 'a refusal stays a refusal')
  t.match(await host.agent.call('GET', '/readyz'), { status: 503, body: { problems: [/operations\.jsonl.*free some space/i] } }, 'readyz tells')

  await disk.free()
  t.match(await host.agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 200 }, 'space is enough, no restart')
  await host.agent.ready()
  t.equal(await agreement(t, host), 'green')
})

t.test('a rollback goes through on a full disk, by the space that is held for it, which is held again once there is some', { skip: noSmallDisk }, async (t) => {
  await using stack = new AsyncDisposableStack()
  const full = await hostOnSmallDisk(stack)
  const { host, disk } = full
  const reserve = join(host.agent.stateDir, 'reserve')
  await host.agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  await leaveInPage(full, 600)
  await disk.fill()
  t.match(await host.agent.call('POST', '/v1/services/app/switch', { to: 'blue' }), { status: 507 }, 'a switch is not worth it')
  t.match(await host.agent.call('POST', '/v1/services/app/rollback'), { status: 200, body: { outcome: 'succeeded', to: 'blue' } })
  t.equal(await colourServed(host), 'blue')
  t.equal(await stat(reserve).catch(() => null), null, 'the reserve was given up')
  await disk.free()
  await until('it is held again', async () => stat(reserve).catch(() => null))
  await stateSays(host, 'blue')
  t.equal(await agreement(t, host), 'blue')
})

t.test('a disk that fills up before the outcome: the switch is told as done, the journal owes its line and pays it', { skip: noSmallDisk }, async (t) => {
  await using stack = new AsyncDisposableStack()
  const full = await hostOnSmallDisk(stack)
  const { host, disk, probe } = full
  const fillUp = async () => {
    await leaveInPage(full, 600)
    await disk.fill()
  }
  probe.once(fillUp)
  const done = await host.agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  t.match(done, { status: 200, body: { outcome: 'succeeded', warnings: [/not yet in the journal.*operations\.jsonl.*free some space/i] } })
  t.equal(await colourServed(host), 'green')
  t.match(await host.agent.call('GET', '/readyz'), { status: 503, body: { problems: [/operations\.jsonl.*free some space/i] } })
  t.match(await host.agent.call('POST', '/v1/services/app/switch', { to: 'blue' }), { status: 507, body: { code: 'storage_failed' } }, 'nothing new is begun before')
  t.equal(await colourServed(host), 'green')

  await disk.free()
  await until('the debt is paid by itself', async () => (await host.agent.call('GET', '/readyz')).status === 200)
  await stateSays(host, 'green')
  t.equal(await agreement(t, host), 'green')
  t.match(await host.agent.call('POST', '/v1/services/app/rollback'), { status: 200 })

  probe.once(fillUp)
  t.match(await host.agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 200 })
  await host.agent.kill('SIGKILL')
  await disk.free()
  await host.agent.start()
  await host.agent.ready()
  t.equal(await agreement(t, host), 'green', 'an agent that dies in debt: the next one finds out from Nginx')
})

t.test('a disk with no room for state.json: the switch is done and says so, and state.json follows', { skip: noSmallDisk }, async (t) => {
  await using stack = new AsyncDisposableStack()
  const full = await hostOnSmallDisk(stack)
  const { host, disk, probe } = full
  probe.once(async () => {
    // Through the page's end, so that the outcome still fits.
    await leaveInPage(full, 500)
    await leaveInPage(full, PAGE - 200)
    await host.agent.call('POST', '/v1/services/none/switch', { to: 'green' })
    await disk.fill()
  })
  const done = await host.agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  t.match(done, { status: 200, body: { outcome: 'succeeded', warnings: [/state\.json cannot be written.*free some space/i] } })
  t.match(JSON.parse(await readFile(join(host.agent.stateDir, 'state.json'), 'utf8')), { state: { services: { app: { route: { live: 'blue' } } } } }, 'the old one stands whole')
  await host.agent.kill('SIGKILL')
  await disk.free()
  await host.agent.start()
  await host.agent.ready()
  t.equal(await agreement(t, host), 'green')
})

t.test('a signed call is not taken while its time cannot be noted, and says why', { skip: noSmallDisk }, async (t) => {
  await using stack = new AsyncDisposableStack()
  const { host, disk } = await hostOnSmallDisk(stack)
  const { agent } = host
  const key = await addToken(agent.tokensFile, { name: 'signer', role: 'operator', signing: true })
  await agent.restart()
  let calls = 0
  const signed = async () => {
    const body = Buffer.from(JSON.stringify({ to: 'green', dry_run: true }))
    // Ahead of what was taken before, so that there is something to note.
    calls += 1
    const timestamp = Math.floor(Date.now() / 1000) + calls
    const authorization = signedAuthorization('signer', key, timestamp, `nonce-of-16-chars-${calls}`, { method: 'POST', target: '/v1/services/app/switch', body })
    const answer = await fetch(`${agent.url}/v1/services/app/switch`, { method: 'POST', body, headers: { authorization, 'content-type': 'application/json' } })
    return { status: answer.status, body: (await answer.json()) as object }
  }
  t.match(await signed(), { status: 200 })
  await disk.fill()
  t.match(await signed(), { status: 507, body: { code: 'storage_failed', detail: /signed-calls.*free some space/i } })
  await disk.free()
  t.match(await signed(), { status: 200 })
})

t.test('an agent does not start on a full disk, and says in one sentence what to do', { skip: noSmallDisk }, async (t) => {
  await using stack = new AsyncDisposableStack()
  const { host, disk } = await hostOnSmallDisk(stack)
  const { agent } = host
  await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  await agent.kill()
  await disk.fill()
  t.equal((await statfs(disk.path)).bfree, 0)
  await t.rejects(agent.start(), { message: /\nerror: The state directory \S+\/state cannot be used: ENOSPC.*free some space/ })
  t.equal((await agent.ended()).code, 1)
  t.equal(await colourServed(host), 'green', 'clients do not notice')
  await disk.free()
  await agent.start()
  await agent.ready()
  t.equal(await agreement(t, host), 'green')
})
