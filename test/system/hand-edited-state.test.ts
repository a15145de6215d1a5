import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { agreement, colourServed } from '../support/agreement.ts'
import { testEdgeHost } from '../support/edge-host.ts'

t.test('state.json edited by hand: the start is refused with what to do, and doing that is enough', async (t) => {
  await using host = await testEdgeHost()
  const { agent } = host
  const file = join(agent.stateDir, 'state.json')
  await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  await agent.kill()
  const text = await readFile(file, 'utf8')
  for (const [edited, what] of [
    [text.replace('"live": "green"', '"live": "blue"'), /was edited by hand: its checksum does not match/],
    [text.slice(0, text.length / 2), /is not JSON/],
    ['', /is not JSON/],
    ['null', /was edited by hand/],
  ] as const) {
    await writeFile(file, edited)
    const refused = await agent.command('run')
    t.equal(refused.code, 2)
    t.match(refused.stderr, what)
    t.match(refused.stderr, /state\.json.*[Pp]ut it back from a backup, or delete it: the agent makes it anew/s)
    t.equal(await colourServed(host), 'green')
  }
  await rm(file)
  await agent.start()
  await agent.ready()
  t.equal(await agreement(t, host), 'green')
})

t.test('operations.jsonl edited by hand: the start is refused, audit verify names the line, putting it back is enough', async (t) => {
  await using host = await testEdgeHost()
  const { agent } = host
  const file = join(agent.stateDir, 'operations.jsonl')
  await agent.call('POST', '/v1/services/app/switch', { to: 'green', reason: 'release 42' })
  await agent.kill()
  const text = await readFile(file, 'utf8')
  const lines = text.split('\n')
  const line = lines.findIndex((one) => one.includes('release 42')) + 1
  for (const [edited, what] of [
    [text.replace('release 42', 'release 43'), new RegExp(`operations\\.jsonl(, line |:)${line}\\b`)],
    [lines.toSpliced(line - 1, 1).join('\n'), new RegExp(`operations\\.jsonl(, line |:)${line}\\b`)],
  ] as const) {
    await writeFile(file, edited)
    const refused = await agent.command('run')
    t.equal(refused.code, 2, refused.stderr)
    t.match(refused.stderr, what)
    t.match(refused.stderr, /audit verify/)
    const verified = await agent.command('audit', 'verify')
    t.equal(verified.code, 1)
    t.match(verified.stdout + verified.stderr, what)
  }
  t.equal(await colourServed(host), 'green')
  await writeFile(file, text)
  await agent.start()
  await agent.ready()
  t.equal(await agreement(t, host), 'green')
})

t.test('the end of operations.jsonl is cut off: the start goes on from state.json, and says that lines are missing', async (t) => {
  await using host = await testEdgeHost()
  const { agent } = host
  const file = join(agent.stateDir, 'operations.jsonl')
  await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  await agent.kill()
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  await writeFile(file, `${lines.slice(0, -2).join('\n')}\n`)
  const verified = await agent.command('audit', 'verify')
  t.equal(verified.code, 1)
  t.match(verified.stdout + verified.stderr, /2 lines were cut off the end/)
  await agent.start()
  await agent.ready()
  t.match(agent.output(), /operations\.jsonl ends at line \d+, but .*state\.json was written at line \d+: lines are missing/)
  t.equal(await agreement(t, host), 'green')
})

t.test('operations.jsonl edited under a running agent: changes are refused, naming it, until it is put back', async (t) => {
  await using host = await testEdgeHost()
  const { agent } = host
  const file = join(agent.stateDir, 'operations.jsonl')
  const text = await readFile(file, 'utf8')
  await writeFile(file, `${text}{"type":"outcome"}\n`)
  const refused = await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  t.match(refused, { status: 507, body: { code: 'storage_failed', detail: /operations\.jsonl.*something else wrote to the file/ } })
  t.equal(await colourServed(host), 'blue')
  await writeFile(file, text)
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 200 })
  t.equal(await agreement(t, host), 'green')
})
