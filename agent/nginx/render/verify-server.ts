import type { AgentConfig } from '../../config.ts'
import { serverFileOf } from '../names.ts'
import { block, directive, plain, type Directive } from './directive.ts'
import { ifMarker, markerPath, variable } from './values.ts'

/**
 * The loopback server that tells what Nginx serves. It answers in the rewrite phase, so that no access rule, limit or
 * authentication that the user set for all servers can stand in the way. Its read timeouts and keep-alive are set
 * because several questions come over one connection.
 */
export function verifyServer(config: AgentConfig, services: readonly string[], nonce: string): Directive {
  return block('server', [], [
    directive('listen', plain(config.nginx.verify_listen)),
    directive('server_name', 'greenroom-verify'),
    directive('access_log', 'off'),
    directive('default_type', 'text/plain'),
    directive('keepalive_timeout', '5s'),
    directive('keepalive_requests', '1000'),
    block('location', ['=', '/greenroom/nonce'], [directive('return', '200', plain(nonce))]),
    ...services.map((name) => routeLocation(config, name, nonce)),
    block('location', ['/'], [directive('return', '404')]),
  ], 'Proves what this Nginx serves.')
}

/**
 * Answers for a given bucket by the very file that the user’s server block includes. Beside that, what the markers
 * themselves say: maintenance hides the colour, and the generation’s marker tells whether the worker sees it at all.
 */
function routeLocation(config: AgentConfig, name: string, nonce: string): Directive {
  const { routes_dir: routesDir, include_dir: includeDir } = config.nginx
  const test = (marker: string, variableName: string, value: string) =>
    ifMarker(markerPath(routesDir, name, marker), [directive('set', variableName, value)])
  return block(
    'location',
    ['~', `^/greenroom/route/${plain(name)}/(?<greenroom_bucket>[0-9][0-9]|pin-blue|pin-green)/(?<greenroom_generation>gen-[0-9]+)$`],
    [
      directive('set', variable('bucket', name), '$greenroom_bucket'),
      directive('include', `${plain(includeDir)}/${serverFileOf(plain(name))}`),
      directive('set', '$greenroom_marker', 'none'),
      test('blue-$greenroom_bucket', '$greenroom_marker', 'blue'),
      test('green-$greenroom_bucket', '$greenroom_marker', 'green'),
      directive('set', '$greenroom_seen', 'no'),
      test('$greenroom_generation', '$greenroom_seen', 'yes'),
      directive(
        'return',
        '200',
        `route=${variable('upstream', name)} marker=$greenroom_marker generation=$greenroom_seen nonce=${plain(nonce)}`,
      ),
    ],
  )
}
