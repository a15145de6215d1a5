import type { AgentConfig, ServiceConfig } from '../../config.ts'
import { COLOURS, type Colour } from '../../switching/route.ts'
import { maintenanceAddressOf, upstreamOf } from '../names.ts'
import type { ServicePlan } from '../traffic.ts'
import { block, directive, plain, type Directive } from './directive.ts'
import { serversOf } from './values.ts'

/** The three upstreams of an instant service: a colour each, and the server of its maintenance page. */
export function instantUpstreams(config: AgentConfig, service: ServiceConfig, plan: ServicePlan): Directive[] {
  const colours = COLOURS.map((colour) => block('upstream', [upstreamOf(plan.name, colour)], [...serversOf(plan.pools, colour), ...keepalive(service)]))
  const maintenance = block('upstream', [upstreamOf(plan.name, 'maintenance')], [directive('server', plain(maintenanceAddressOf(config, plan.name)))])
  return [...colours, maintenance]
}

/** The upstream of a reload service: the servers of the live colour under the name that the user’s `proxy_pass` has. */
export function reloadUpstream(service: ServiceConfig, plan: ServicePlan): Directive {
  const idle = service.context === 'http' ? keepalive(service) : []
  return block(
    'upstream',
    [plain(service.upstream ?? plan.name)],
    [...serversOf(plan.pools, plan.route.live), ...idle],
    upstreamNote(plan.name, plan.route.live),
  )
}

/** The comment above a reload service’s upstream. A start whose state is lost finds the live colour by it. */
export function upstreamNote(service: string, live: Colour): string {
  return `service ${plain(service)}, live colour ${live}`
}

/**
 * From 1.29.7 on Nginx keeps connections to an upstream where nothing is said. `keepalive 0` would stop it there, but
 * keeps an earlier Nginx from starting; after one request a connection is closed everywhere since 1.15.3.
 */
function keepalive(service: ServiceConfig): Directive[] {
  return [service.keepalive === 0 ? directive('keepalive_requests', '1') : directive('keepalive', String(service.keepalive))]
}
