import type { AgentConfig, ServiceConfig } from '../../config.ts'
import { maintenanceAddressOf, maintenancePageOf } from '../names.ts'
import { block, directive, plain, type Directive } from './directive.ts'

/**
 * The page’s location. `//` is out of every client’s reach, since slashes are merged before a location is looked
 * for; so each URI a client can send, without exception, is answered with the page.
 */
const PAGE = '//greenroom-maintenance'

/**
 * Answers every request with 503, the service’s page and its Retry-After. A URI as error page (not a named location)
 * turns POST into GET, which a static file needs. Where the page cannot be read, a plain text stands in.
 */
export function maintenanceServer(config: AgentConfig, name: string, service: ServiceConfig): Directive {
  const seconds = String(Math.max(1, Math.ceil(service.maintenance.retry_after / 1000)))
  const headers = [directive('add_header', 'Retry-After', seconds, 'always'), directive('add_header', 'Cache-Control', 'no-store', 'always')]
  return block('server', [], [
    directive('listen', plain(maintenanceAddressOf(config, name))),
    directive('server_name', 'greenroom-maintenance'),
    directive('access_log', 'off'),
    directive('merge_slashes', 'on'),
    directive('client_max_body_size', '0'),
    // What the user sets for all servers must not keep the page from anyone.
    directive('allow', 'all'),
    directive('auth_basic', 'off'),
    // So that the page, itself an error page, can have the plain text as its own.
    directive('recursive_error_pages', 'on'),
    directive('error_page', '400', '403', '404', '405', '413', '414', '500', '503', '=503', PAGE),
    block('location', ['/'], [directive('return', '503')]),
    block('location', ['=', PAGE], [
      directive('internal'),
      directive('error_page', '403', '404', '500', '=503', '@greenroom_plain'),
      ...headers,
      directive('default_type', 'text/html'),
      block('types', [], []),
      directive('alias', `${plain(config.nginx.include_dir)}/${maintenancePageOf(plain(name))}`),
    ]),
    block('location', ['@greenroom_plain'], [...headers, directive('default_type', 'text/plain'), directive('return', '503', 'Down for maintenance.')]),
  ], `Maintenance page of service ${plain(name)}.`)
}
