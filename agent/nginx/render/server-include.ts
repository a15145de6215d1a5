import type { AgentConfig, ServiceConfig } from '../../config.ts'
import { otherColour } from '../../switching/route.ts'
import { besideFileOf, upstreamOf } from '../names.ts'
import type { ServicePlan } from '../traffic.ts'
import { directive, plain, type Directive } from './directive.ts'
import { ifMarker, markerPath, routeCache, variable } from './values.ts'

/**
 * What the user’s server block includes: the scope of the tests, then the tests. Nginx takes `open_file_cache` once in
 * a server block, so a second of these files is refused, and so is a cache that somebody sets there later.
 */
export function serverInclude(config: AgentConfig, service: ServiceConfig, name: string): Directive[] {
  const beside = `${plain(config.nginx.include_dir)}/${besideFileOf(plain(name))}`
  const [scope, ...rest] = routeCache(service.route_cache)
  const comment = `Once in a server block. For a second service there, include instead:\n${beside}`
  return [{ ...scope!, comment }, ...rest, directive('include', beside)]
}

/**
 * Which upstream a request goes to. Each of the two tests decides alone, one the colour, the other maintenance,
 * because a change may fall between them. Only the colour that is not live now is tested for: when the directory is
 * lost, every test is false, and requests stay with the colour that was live when this was written.
 */
export function routeTests(config: AgentConfig, plan: ServicePlan): Directive[] {
  const { routes_dir: routesDir } = config.nginx
  const route = variable('upstream', plan.name)
  const bucket = variable('bucket', plan.name)
  const other = otherColour(plan.route.live)
  const test = (marker: string, pool: Parameters<typeof upstreamOf>[1]) =>
    ifMarker(markerPath(routesDir, plan.name, `${marker}-${bucket}`), [directive('set', route, upstreamOf(plan.name, pool))])
  return [
    directive('set', route, upstreamOf(plan.name, plan.route.live)),
    test(other, other),
    test('maintenance', 'maintenance'),
  ]
}
