import type { AgentConfig } from '../../config.ts'
import { seal } from '../generated/seal.ts'
import { besideFileOf, HTTP_FILE, serverFileOf, STREAM_FILE } from '../names.ts'
import type { HostPlan, ServicePlan } from '../traffic.ts'
import { bucketMaps } from './buckets-map.ts'
import { printDirectives, type Directive } from './directive.ts'
import { maintenanceServer } from './maintenance.ts'
import { routeTests, serverInclude } from './server-include.ts'
import { instantUpstreams, reloadUpstream } from './upstreams.ts'
import { verifyServer } from './verify-server.ts'

/**
 * The generated files: names relative to `include_dir`, and texts with their header, in the order in which they can
 * be written: http.conf includes the server files, and those the tests, so the tests come first. `nonce` is what the verify server answers.
 * Pure. Throws RangeError for a value that cannot stand in an Nginx file.
 */
export function renderFiles(config: AgentConfig, plan: HostPlan, nonce: string): Map<string, string> {
  const services = plan.map((one) => ({ plan: one, name: one.name, service: serviceOf(config, one.name) }))
  const instant = services.filter(({ service }) => service.strategy === 'instant')
  const reload = services.filter(({ service }) => service.strategy === 'reload')
  const http = [
    ...instant.flatMap(({ name, plan, service }) => [...instantUpstreams(config, service, plan), ...bucketMaps(name, service)]),
    ...reload.filter(({ service }) => service.context === 'http').map(({ plan, service }) => reloadUpstream(service, plan)),
    verifyServer(config, instant.map(({ name }) => name), nonce),
    ...instant.map(({ name, service }) => maintenanceServer(config, name, service)),
  ]
  const stream = reload.filter(({ service }) => service.context === 'stream').map(({ plan, service }) => reloadUpstream(service, plan))
  return new Map([
    ...instant.map(({ plan }) => [besideFileOf(plan.name), renderRouteTests(config, plan)] as const),
    ...instant.map(({ name, service }) => [serverFileOf(name), text(serverInclude(config, service, name))] as const),
    ...(stream.length > 0 ? [[STREAM_FILE, text(stream)] as const] : []),
    [HTTP_FILE, text(http)] as const,
  ])
}

/** The file with a service’s tests; it alone holds the fallback colour. */
export function renderRouteTests(config: AgentConfig, plan: ServicePlan): string {
  return text(routeTests(config, plan))
}

function text(directives: readonly Directive[]): string {
  return seal(printDirectives(directives))
}

function serviceOf(config: AgentConfig, name: string) {
  const service = config.services[name]
  if (service === undefined) throw new RangeError(`the plan names a service that the configuration does not know: ${name}`)
  return service
}
