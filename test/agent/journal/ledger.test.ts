import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { OutcomeEntry, ServiceStates } from '../../../agent/journal/entries.ts'
import { Ledger } from '../../../agent/journal/ledger.ts'
import { draftOperation } from '../../../agent/switching/draft.ts'
import { routeTo } from '../../../agent/switching/route.ts'
import { linkAfter } from '../../../shared/journal/chain.ts'

const pools = { blue: ['127.0.0.1:3001'], green: ['127.0.0.1:3002'] }
const onBlue: ServiceStates = { app: { route: routeTo('blue'), pools, configured_pools: pools, revision: 1 } }
const onGreen: ServiceStates = { app: { route: routeTo('green', 'blue'), pools, configured_pools: pools, revision: 2 } }
const caller = { actor: 'socket', source: 'unix' }

function outcome(services: ServiceStates | null): OutcomeEntry {
  const operation = { ...draftOperation({ service: 'app', kind: 'switch', asked: 'switch to green', from: 'blue', to: 'green' }, {}, caller), outcome: 'succeeded' as const }
  return { type: 'outcome', operation, services, idempotency: { key: 'k', fingerprint: 'f' } }
}

async function filled(directory: string): Promise<OutcomeEntry> {
  const ledger = await Ledger.open(directory)
  const entry = outcome(onGreen)
  await ledger.append({ type: 'opened', pid: 1, warnings: [], services: onBlue })
  await ledger.append(entry)
  await ledger.saveState()
  await ledger.close()
  return entry
}

t.test('what was journaled is known again after a restart: state, operations and the keys of their requests', async (t) => {
  const directory = t.testdir()
  const entry = await filled(directory)
  const ledger = await Ledger.open(directory)
  t.teardown(() => ledger.close())
  t.same(ledger.services, onGreen)
  t.same(ledger.replayed.operations.get(entry.operation.id), entry.operation)
  t.equal(ledger.replayed.keys.get('k')?.operation, entry.operation.id)
})

t.test('a lost state.json is made anew from the journal', async (t) => {
  const directory = t.testdir()
  await filled(directory)
  const before = await readFile(join(directory, 'state.json'), 'utf8')
  await rm(join(directory, 'state.json'))
  const ledger = await Ledger.open(directory)
  t.same(ledger.services, onGreen)
  await ledger.saveState()
  await ledger.close()
  t.equal(await readFile(join(directory, 'state.json'), 'utf8'), before)
})

t.test('a state.json edited by hand is refused by name, with the way out', async (t) => {
  const directory = t.testdir()
  await filled(directory)
  const file = join(directory, 'state.json')
  await writeFile(file, (await readFile(file, 'utf8')).replace('"green"', '"blue"'))
  await t.rejects(Ledger.open(directory), { code: 'state_damaged', message: /state\.json was edited by hand.*delete it/ })
  await writeFile(file, '{"half')
  await t.rejects(Ledger.open(directory), { code: 'state_damaged', message: /not JSON/ })
})

t.test('with the journal lost, state.json still tells the state, and the loss is said', async (t) => {
  const directory = t.testdir()
  await filled(directory)
  await rm(join(directory, 'operations.jsonl'))
  const ledger = await Ledger.open(directory)
  t.teardown(() => ledger.close())
  t.same(ledger.services, onGreen)
  t.match(ledger.warnings, [/lines are missing/])
})

t.test('a journal whose last line was replaced, hash and all, is refused', async (t) => {
  const directory = t.testdir()
  await filled(directory)
  const file = join(directory, 'operations.jsonl')
  const [first = '', last = ''] = (await readFile(file, 'utf8')).split('\n')
  const { seq, at, prev: _prev, hash: _hash, ...entry } = JSON.parse(last)
  const { line } = linkAfter({ seq: seq - 1, hash: JSON.parse(first).hash }, new Date(at), { ...entry, operation: { ...entry.operation, actor: 'token:somebody-else' } })
  await writeFile(file, `${first}\n${line}\n`)
  await t.rejects(Ledger.open(directory), { code: 'state_damaged', message: /line 2: it is not the line that .*state\.json was written after/ })
})

t.test('an intent without an outcome is unfinished; its outcome ends that', async (t) => {
  const ledger = await Ledger.open(t.testdir())
  t.teardown(() => ledger.close())
  const entry = outcome(onGreen)
  const record = { mechanism: 'markers', service: 'app', from: 'gen-1', to: ['gen-2'] } as const
  await ledger.append({ type: 'intent', operation: entry.operation, record, before: onBlue, after: onGreen, idempotency: null })
  t.ok(ledger.replayed.unfinished.has(entry.operation.id))
  await ledger.append(entry)
  t.equal(ledger.replayed.unfinished.size, 0)
})
