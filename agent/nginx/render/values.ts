import type { ServiceConfig } from '../../config.ts'
import type { Colour, Pools } from '../../switching/route.ts'
import { variablesOf } from '../names.ts'
import { directive, plain, type Directive } from './directive.ts'

/** `server host:port;` for each server of a pool. */
export function serversOf(pools: Pools, colour: Colour): Directive[] {
  return pools[colour].map((server) => {
    if (/^unix:/i.test(server)) throw new RangeError(`Nginx would take this server for a socket’s path: ${server}`)
    return directive('server', plain(server))
  })
}

/** Nginx’s variable for a client key, or null for the address. */
export function keyVariable(key: ServiceConfig['key']): string | null {
  if (key === 'address') return null
  const [, kind, name] = /^(cookie|header):([A-Za-z0-9_-]+)$/.exec(key) ?? []
  if (kind === undefined || name === undefined) throw new RangeError(`not a client key: ${JSON.stringify(key)}`)
  if (kind === 'header') return `$http_${name.toLowerCase().replaceAll('-', '_')}`
  if (name.includes('-')) throw new RangeError(`Nginx cannot read a cookie whose name has a "-": ${JSON.stringify(name)}`)
  return `$cookie_${name}`
}

/** `open_file_cache` for the scope of the marker tests. Off by default: where the user has it on, it would also cache `-f`. */
export function routeCache(cacheMs: number | undefined): Directive[] {
  if (cacheMs === undefined) return [directive('open_file_cache', 'off')]
  const valid = `${Math.ceil(cacheMs / 1000)}s`
  return [
    directive('open_file_cache', 'max=10000', `inactive=${Math.max(60, 2 * Math.ceil(cacheMs / 1000))}s`),
    directive('open_file_cache_valid', valid),
    directive('open_file_cache_min_uses', '1'),
    directive('open_file_cache_errors', 'on'),
  ]
}

/** Path of a service’s marker, `$bucket` filled in by Nginx. */
export function markerPath(routesDir: string, service: string, marker: string): string {
  return `${plain(routesDir)}/${plain(service)}/${marker}`
}

export function ifMarker(path: string, content: readonly Directive[]): Directive {
  return { name: 'if', args: ['(-f', `${path})`], block: content }
}

export function variable(name: keyof ReturnType<typeof variablesOf>, service: string): string {
  return `$${variablesOf(service)[name]}`
}
