import type { AgentConfig, ServiceConfig } from '../../config.ts'
import { otherColour } from '../../switching/route.ts'
import { upstreamOf } from '../names.ts'
import type { ServicePlan } from '../traffic.ts'
import { directive, type Directive } from './directive.ts'
import { ifMarker, markerPath, routeCache, variable } from './values.ts'

/**
 * What the user’s server block includes. Each of its two tests decides alone, one the colour, the other maintenance,
 * because a change may fall between them. Only the colour that is not live now is tested for: when the directory is
 * lost, every test is false, and requests stay with the colour that was live when this was written.
 */
export function serverInclude(config: AgentConfig, service: ServiceConfig, plan: ServicePlan): Directive[] {
  const { routes_dir: routesDir } = config.nginx
  const route = variable('upstream', plan.name)
  const bucket = variable('bucket', plan.name)
  const other = otherColour(plan.route.live)
  const test = (marker: string, pool: Parameters<typeof upstreamOf>[1]) =>
    ifMarker(markerPath(routesDir, plan.name, `${marker}-${bucket}`), [directive('set', route, upstreamOf(plan.name, pool))])
  return [
    ...routeCache(service.route_cache),
    directive('set', route, upstreamOf(plan.name, plan.route.live)),
    test(other, other),
    test('maintenance', 'maintenance'),
  ]
}
