import { readdir } from 'node:fs/promises'
import { Counter, Gauge, type Registry } from 'prom-client'

/** prom-client’s own set would sample the event loop a hundred times a second, which an idle daemon should not. */
export function addProcessMetrics(registry: Registry, noun: string): void {
  const gauge = (name: string, help: string, value: () => number | Promise<number>) =>
    registry.registerMetric(new Gauge({ name, help, registers: [], async collect() { this.set(await value()) } }))

  registry.registerMetric(new Counter({
    name: 'process_cpu_seconds_total', help: `CPU time of the ${noun}.`, registers: [],
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  }))
  gauge('process_resident_memory_bytes', `Memory of the ${noun}.`, () => process.memoryUsage.rss())
  gauge('process_heap_bytes', 'JavaScript heap in use.', () => process.memoryUsage().heapUsed)
  gauge('process_start_time_seconds', `When the ${noun} started, in Unix time.`, () => Math.round(Date.now() / 1000 - process.uptime()))
  gauge('process_open_fds', `Open file descriptors of the ${noun}.`, async () => (await readdir('/proc/self/fd')).length)
}
