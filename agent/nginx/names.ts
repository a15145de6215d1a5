import type { AgentConfig } from '../config.ts'
import type { Colour } from '../switching/route.ts'

/** The identifier of a service inside Nginx names, where `-` is not allowed. */
export function identifierOf(service: string): string {
  return service.replaceAll('-', '_')
}

/** The Nginx variables of an instant service, without `$`. A user writes only the first, `proxy_pass http://$greenroom_app;`. */
export function variablesOf(service: string) {
  const upstream = `greenroom_${identifierOf(service)}`
  return { upstream, key: `${upstream}_key`, slot: `${upstream}_slot`, bucket: `${upstream}_bucket` } as const
}

/** The upstream that serves an instant service’s colour, or its maintenance page. */
export function upstreamOf(service: string, pool: Colour | 'maintenance'): string {
  return `greenroom_${identifierOf(service)}_${pool}`
}

/** The cookie that pins a client to a colour; its value is `blue` or `green`. */
export function pinCookieOf(service: string): string {
  return `greenroom_${identifierOf(service)}`
}

/** Generated files, relative to `include_dir`. */
export const HTTP_FILE = 'http.conf'
export const STREAM_FILE = 'stream.conf'

/** What a server block includes that has no other service: the service’s tests, and the scope they need. */
export function serverFileOf(service: string): string {
  return `server/${service}.conf`
}

/** The tests alone, for a server block that has its scope from another service’s file. */
export function besideFileOf(service: string): string {
  return `server/beside/${service}.conf`
}

/** Whether a name relative to `include_dir` is one that the agent writes. */
export function isGeneratedName(name: string): boolean {
  return name === HTTP_FILE || name === STREAM_FILE || /^server\/(?:beside\/)?[^/]+\.conf$/.test(name)
}

export function maintenancePageOf(service: string): string {
  return `maintenance/${service}.html`
}

/** Names of the instant services in the order of the configuration. */
export function instantServices(config: AgentConfig): string[] {
  return Object.entries(config.services).flatMap(([name, service]) => (service.strategy === 'instant' ? [name] : []))
}

/**
 * `host:port` of a service’s maintenance server: the port of `verify_listen` on the following loopback addresses,
 * one for each instant service. Throws RangeError for a service that is not instant, or beyond 127.255.255.254.
 */
export function maintenanceAddressOf(config: AgentConfig, service: string): string {
  const index = instantServices(config).indexOf(service)
  if (index === -1) throw new RangeError(`${service} is not an instant service`)
  const { address, port } = loopbackOf(config.nginx.verify_listen)
  const next = address + index + 1
  if (next > 0x7ffffffe) throw new RangeError(`no loopback address is left for the maintenance page of ${service} after ${config.nginx.verify_listen}`)
  return `${[24, 16, 8, 0].map((shift) => (next >>> shift) & 255).join('.')}:${port}`
}

function loopbackOf(listen: string): { address: number; port: string } {
  const match = /^127\.(\d{1,3})\.(\d{1,3})\.(\d{1,3}):(\d{1,5})$/.exec(listen)
  const [, ...parts] = match ?? []
  const port = parts.pop()
  const bytes = parts.map(Number)
  if (port === undefined || bytes.some((byte) => byte > 255)) throw new RangeError(`${listen} is not in 127.0.0.0/8`)
  return { address: bytes.reduce((sum, byte) => sum * 256 + byte, 127), port }
}
