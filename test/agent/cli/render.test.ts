import t from 'tap'
import { changeText } from '../../../agent/cli/render-change.ts'
import { operationsTable, operationText } from '../../../agent/cli/render-operation.ts'
import { serviceText, statusTable } from '../../../agent/cli/render-status.ts'
import { plain } from '../../../shared/cli/terminal.ts'
import type { Operation } from '../../../agent/switching/operation.ts'
import type { PoolView, ServiceView } from '../../../agent/switching/service-view.ts'

const now = new Date('2026-11-21T03:00:10Z')
const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length))

function pool(...states: readonly ('healthy' | 'unhealthy' | 'unknown')[]): PoolView {
  const servers = states.map((state, index) => ({
    server: `10.20.30.40:${3001 + index}`,
    state,
    detail: state === 'unhealthy' ? `10.20.30.40:${3001 + index}: connection refused (is the pool running?)` : null,
    checked_at: state === 'unknown' ? null : '2026-11-21T03:00:07Z',
    latency_ms: state === 'healthy' ? 4.2 : null,
  }))
  const state = states.every((each) => each === 'healthy') ? 'healthy' : states.includes('unhealthy') ? 'unhealthy' : 'unknown'
  return { servers: servers.map(({ server }) => server), health: { state, servers } }
}

function service(change: Partial<ServiceView> = {}): ServiceView {
  return {
    name: 'app', strategy: 'instant', revision: 17, live: 'green', previous: 'blue', maintenance: false, pinned_through: false,
    weights: { blue: 0, green: 100 }, pools: { blue: pool('healthy', 'unhealthy'), green: pool('healthy') }, generation: 9, operation: null, ...change,
  }
}

function operation(change: Partial<Operation> = {}): Operation {
  return {
    id: '01JD4Z7Q3V8K2M5N6P9R0S1T2W', service: 'app', kind: 'switch', asked: 'switch to green', from: 'blue', to: 'green', step: null, outcome: 'succeeded', reason: 'release 42',
    actor: 'token:ci', source: '10.0.0.9', dry_run: false, force: false, started_at: '2026-11-21T03:00:00.000Z', finished_at: '2026-11-21T03:00:03.140Z',
    gates: [{ name: 'health', passed: true, detail: '3 times in a row' }], warnings: [], diff: '', timings_ms: { gates: 3135, apply: 0.4, prove: 2.6, total: 3138 }, problem: null, ...change,
  }
}

t.test('status names unhealthy servers below their service, and whether clients feel it', async (t) => {
  const text = statusTable({ services: [service({ live: 'blue', weights: { blue: 100, green: 0 } })], running: new Map(), problems: [] }, 80, plain, now)
  t.match(text, /^app +blue +1\/2 healthy +1\/1 healthy +serving$/m)
  t.match(text, 'live pool blue 10.20.30.40:3002: connection refused (is the pool running?)')
  t.match(text, '(3 s ago)')
})

t.test('status tells maintenance, a running operation with its step, and weights', async (t) => {
  const running = operation({ outcome: null, step: 'gates', finished_at: null })
  const text = statusTable(
    { services: [service({ maintenance: true, operation: running.id, weights: { blue: 5, green: 95 } })], running: new Map([[running.id, running]]), problems: ['Nginx is not running.'] },
    80, plain, now,
  )
  t.match(text.replaceAll(/\s+/g, ' '), 'maintenance, switch to green: gates, blue 5 %, green 95 %')
  t.match(text, /^problem Nginx is not running\.$/m)
})

t.test('status fits 80 columns with the longest name and everything wrong', async (t) => {
  const long = service({ name: 'a23456789012345678901234', maintenance: true, pinned_through: true, pools: { blue: pool('unhealthy', 'unhealthy'), green: pool('unknown') } })
  t.ok(widest(statusTable({ services: [long], running: new Map(), problems: [] }, 80, plain, now)) <= 80)
})

t.test('a service without health checks is not called healthy', async (t) => {
  const unchecked = service({ pools: { blue: pool('unknown'), green: pool('unknown') } })
  t.match(statusTable({ services: [unchecked], running: new Map(), problems: [] }, 80, plain, now), /not checked +not checked/)
})

t.test('one service is told with its servers, where a rollback goes, and what was done last', async (t) => {
  const text = serviceText(service(), null, operation(), plain, now)
  t.match(text, /^app {2}instant, revision 17, generation 9$/m)
  t.match(text, /live +green +\(a rollback goes to blue\)/)
  t.match(text, /10\.20\.30\.40:3001 +healthy +in 4\.2 ms, 3 s ago/)
  t.match(text, /last +switch to green succeeded 6\.9 s ago, by token:ci, "release 42"/)
})

t.test('operations fit 80 columns and carry id, reason and why they failed', async (t) => {
  const problem = { type: '/errors#gate_refused', title: 'x', status: 422, code: 'gate_refused', detail: 'health: 127.0.0.1:3002: connection refused' }
  const text = operationsTable([operation({ outcome: 'refused', problem }), operation({ dry_run: true, service: 'a23456789012345678901234' })], 80, plain)
  t.ok(widest(text) <= 80)
  t.match(text, /2026-11-21 03:00:00Z +app +switch to green +refused$/m)
  t.match(text, '01JD4Z7Q3V8K2M5N6P9R0S1T2W by token:ci, 3.1 s, "release 42"')
  t.match(text, 'health: 127.0.0.1:3002: connection refused')
  t.match(text, /switch to green +dry run$/m)
})

t.test('a warning that only repeats a gate is told once', async (t) => {
  const gates = [{ name: 'health', passed: false, detail: '127.0.0.1:1: refused', advisory: true }]
  const text = operationText(operation({ gates, warnings: ['health: 127.0.0.1:1: refused', 'a copy was kept'] }), plain, now)
  t.equal(text.match(/127\.0\.0\.1:1: refused/g)?.length, 1)
  t.match(text, 'a copy was kept')
})

t.test('a dry run says that nothing was changed, and shows the difference', async (t) => {
  const text = changeText(operation({ dry_run: true, diff: '--- a\n+++ b\n-old\n+new\n' }), 'green is live', ['next'], plain)
  t.match(text, 'nothing was changed')
  t.match(text, '-old\n+new\n')
  t.notMatch(text, 'green is live')
})
