import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { addProcessMetrics } from '../shared/metrics/process-metrics.ts'
import type { Switching } from './switching/contract.ts'
import type { Operation } from './switching/operation.ts'
import { COLOURS } from './switching/route.ts'
import type { ServiceView } from './switching/service-view.ts'

export interface AgentMetrics {
  /** Text in the format of `contentType`. */
  text(): Promise<string>
  readonly contentType: string
  credentialFailed(reason: string): void
  [Symbol.dispose](): void
}

export interface MetricsSources {
  /** How many workers of earlier reloads still shut down; asked at each scrape. */
  readonly lingeringWorkers?: () => Promise<number>
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const PHASES = ['gates', 'apply', 'prove', 'total'] as const
const RELOAD_RESULTS = { succeeded: 'proven', restored: 'restored', failed: 'failed', refused: undefined } as const
/** Operations that were counted: an operation is told about more than once after it ended. */
const REMEMBERED = 1000

/** The agent’s metrics in a registry of their own, fed by what the operations tell. docs/reference/metrics.md lists them. */
export function createMetrics(switching: Switching, sources: MetricsSources = {}): AgentMetrics {
  const registry = new Registry()
  const registers = [registry]
  const operations = new Counter({
    name: 'greenroom_operations_total',
    help: 'Ended operations; dry runs are not counted.',
    labelNames: ['service', 'kind', 'outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'greenroom_operation_seconds',
    help: 'Duration of ended operations, by phase.',
    labelNames: ['kind', 'phase'], buckets: SECONDS,
    registers,
  })
  const reloads = new Counter({
    name: 'greenroom_reloads_total',
    help: 'Reloads of Nginx by operations, by what was proven.',
    labelNames: ['result'],
    registers,
  })
  const gateFailures = new Counter({
    name: 'greenroom_gate_failures_total',
    help: 'Gates that did not pass.',
    labelNames: ['service', 'gate'],
    registers,
  })
  const credentialFailures = new Counter({
    name: 'greenroom_credential_failures_total',
    help: 'Calls without a valid credential.',
    labelNames: ['reason'],
    registers,
  })
  addServiceGauges(switching, registry)
  addProcessMetrics(registry, 'agent')
  const { lingeringWorkers } = sources
  if (lingeringWorkers !== undefined) {
    registry.registerMetric(new Gauge({
      name: 'greenroom_lingering_workers', help: 'Nginx workers of earlier reloads that still shut down.', registers: [],
      async collect() { this.set(await lingeringWorkers()) },
    }))
  }

  const counted = new Set<string>()
  const count = (operation: Operation) => {
    const { id, service, kind, outcome, timings_ms: timings } = operation
    if (outcome === null || operation.dry_run || counted.has(id)) return
    counted.add(id)
    if (counted.size > REMEMBERED) for (const oldest of counted.values().take(1)) counted.delete(oldest)
    operations.inc({ service, kind, outcome })
    for (const phase of PHASES) seconds.observe({ kind, phase }, timings[phase] / 1000)
    for (const gate of operation.gates) if (!gate.passed) gateFailures.inc({ service, gate: gate.name })
    const result = RELOAD_RESULTS[outcome]
    // Only a change of generated files reloads, and such a change has a difference to show.
    if (operation.diff !== '' && timings.apply > 0 && result !== undefined) reloads.inc({ result })
  }
  const unsubscribe = switching.subscribe((event) => {
    if (event.type === 'operation') count(event.operation)
  })

  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    credentialFailed: (reason) => credentialFailures.inc({ reason }),
    [Symbol.dispose]: unsubscribe,
  }
}

function addServiceGauges(switching: Switching, registry: Registry): void {
  const perService = (name: string, help: string, value: (service: ServiceView) => number | null) => {
    registry.registerMetric(new Gauge({
      name, help, labelNames: ['service'], registers: [],
      collect() {
        this.reset()
        for (const service of switching.services()) {
          const now = value(service)
          if (now !== null) this.set({ service: service.name }, now)
        }
      },
    }))
  }
  perService('greenroom_revision', 'Revision of the service.', ({ revision }) => revision)
  perService('greenroom_generation', 'Number of the marker directory that Nginx serves from.', ({ generation }) => generation)
  perService('greenroom_maintenance', '1 during maintenance.', ({ maintenance }) => Number(maintenance))
  registry.registerMetric(new Gauge({
    name: 'greenroom_live_colour', help: '1 for the live colour, 0 for the other.', labelNames: ['service', 'colour'], registers: [],
    collect() {
      this.reset()
      for (const { name, live } of switching.services()) for (const colour of COLOURS) this.set({ service: name, colour }, Number(colour === live))
    },
  }))
}
