import { readFile } from 'node:fs/promises'
import t from 'tap'
import { createMetrics } from '../../agent/metrics.ts'
import { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../../agent/errors.ts'
import { memorySwitching } from '../support/memory-switching.ts'

const caller = { actor: 'test', source: 'test' }

t.test('metrics tell operations, their durations, gates, live colours and credential failures', async (t) => {
  const switching = memorySwitching()
  using metrics = createMetrics(switching, { lingeringWorkers: async () => 3 })
  await switching.switchTo('app', 'green', {}, caller).done
  await switching.switchTo('app', 'blue', { dry_run: true }, caller).done
  switching.problem = new Problem(errors.gateRefused, 'no')
  await switching.switchTo('web-shop', 'green', {}, caller).done
  metrics.credentialFailed('expired')
  const text = await metrics.text()
  for (const line of [
    'greenroom_operations_total{service="app",kind="switch",outcome="succeeded"} 1',
    'greenroom_operations_total{service="web-shop",kind="switch",outcome="refused"} 1',
    'greenroom_operation_seconds_bucket{le="0.0025",kind="switch",phase="apply"} 2',
    'greenroom_operation_seconds_count{kind="switch",phase="total"} 2',
    'greenroom_gate_failures_total{service="web-shop",gate="health"} 1',
    'greenroom_live_colour{service="app",colour="green"} 1',
    'greenroom_live_colour{service="app",colour="blue"} 0',
    'greenroom_live_colour{service="web-shop",colour="blue"} 1',
    'greenroom_revision{service="app"} 2',
    'greenroom_generation{service="app"} 1',
    'greenroom_maintenance{service="app"} 0',
    'greenroom_credential_failures_total{reason="expired"} 1',
    'greenroom_lingering_workers 3',
  ]) t.ok(text.includes(`${line}\n`), line)
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_open_fds']) t.match(text, new RegExp(`^${name} [0-9.]*[1-9]`, 'm'))
})

t.test('two agents in one process count apart, and a disposed one listens no more', async (t) => {
  const switching = memorySwitching()
  const other = createMetrics(memorySwitching())
  {
    using metrics = createMetrics(switching)
    metrics.credentialFailed('missing')
    t.notMatch(await other.text(), /reason="missing"/)
    t.equal(switching.listeners, 1)
  }
  t.equal(switching.listeners, 0)
  other[Symbol.dispose]()
})

t.test('the reference page names every metric, and no other', async (t) => {
  using metrics = createMetrics(memorySwitching(), { lingeringWorkers: async () => 0 })
  const page = await readFile(new URL('../../docs/reference/metrics.md', import.meta.url), 'utf8')
  const documented = [...page.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell]) => [...(cell ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name))
  const exported = [...(await metrics.text()).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name)
  t.strictSame(new Set(documented), new Set(exported))
})
