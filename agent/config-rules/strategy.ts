import type { Fault } from '../../shared/config/load.ts'
import type { AgentConfig } from '../config.ts'

/** Settings that their service’s strategy cannot honour. */
export function strategyFaults({ services }: AgentConfig): Fault[] {
  const faults: Fault[] = []
  for (const [name, service] of Object.entries(services)) {
    const fault = (field: string, found: string, expected: string) => faults.push({ place: `services.${name}.${field}`, found, expected })
    if (service.strategy === 'instant') {
      if (service.context === 'stream') fault('strategy', '"instant" with context "stream"', '"reload": Nginx has no `if` in stream {}, so markers cannot route there')
      if (service.upstream !== undefined) fault('upstream', `${JSON.stringify(service.upstream)} with strategy "instant"`, `no upstream (with instant, proxy_pass names $greenroom_${name.replaceAll('-', '_')}), or strategy "reload"`)
      continue
    }
    const instantOnly = (field: string, set: boolean, why: string) => {
      if (set) fault(field, 'a setting of strategy "instant" in a service of strategy "reload"', `strategy "instant", or no such line: ${why}`)
    }
    instantOnly('route_cache', service.route_cache !== undefined, 'a reload has no markers to cache')
    instantOnly('pins', !service.pins, 'a reload moves all clients together')
    instantOnly('key', service.key !== 'address', 'a reload moves all clients together')
    instantOnly('maintenance.page', service.maintenance.page !== undefined, 'a reload shows no maintenance page')
  }
  return faults
}
