import t from 'tap'
import type { Gate } from '../../../agent/gates/gate.ts'
import { runGates } from '../../../agent/gates/run-gates.ts'
import type { GateResult } from '../../../agent/switching/operation.ts'

function gate(name: string, check: Gate['check']): Gate {
  return { name, check, describe: () => name }
}

t.test('runs all gates at once and answers in their order, each seen as it comes', async (t) => {
  const last = Promise.withResolvers<void>()
  const seen: string[] = []
  const gates = [
    gate('slow', async () => {
      await last.promise
      return { name: 'slow', passed: true, detail: 'a' }
    }),
    gate('quick', async () => {
      last.resolve()
      return { name: 'quick', passed: false, detail: 'b' }
    }),
  ]
  const results = await runGates(gates, new AbortController().signal, ({ name }) => seen.push(name))
  t.same(results.map(({ name, passed }) => [name, passed]), [['slow', true], ['quick', false]])
  t.same(seen, ['quick', 'slow'])
})

t.test('without gates there is nothing to refuse', async (t) => {
  t.same(await runGates([], new AbortController().signal), [])
})

t.test('a gate that breaks has not passed, and does not hide the others', async (t) => {
  const results = await runGates(
    [
      gate('broken', async () => {
        throw new TypeError('x is undefined')
      }),
      gate('fine', async () => ({ name: 'fine', passed: true, detail: '' })),
    ],
    new AbortController().signal,
  )
  t.match(results, [{ name: 'broken', passed: false, detail: 'the gate could not be run: x is undefined' }, { name: 'fine', passed: true }])
})

t.test('when aborted it ends with the signal’s reason, but only after the last gate has ended', async (t) => {
  const stop = new AbortController()
  const cleaned = Promise.withResolvers<void>()
  const seen: GateResult[] = []
  let ended = false
  const slowToEnd = gate('slow', async (signal) => {
    await cleaned.promise
    ended = true
    signal.throwIfAborted()
    return { name: 'slow', passed: true, detail: '' }
  })
  const reason = new Error('stopping')
  const run = runGates([slowToEnd], stop.signal, (result) => seen.push(result))
  stop.abort(reason)
  cleaned.resolve()
  await t.rejects(run, reason)
  t.ok(ended)
  t.same(seen, [])
})
