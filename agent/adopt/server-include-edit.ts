import { join } from 'node:path'
import { formatDuration } from '../../shared/units/duration.ts'
import type { AgentConfig } from '../config.ts'
import { besideFileOf, serverFileOf } from '../nginx/names.ts'
import { generatedIn } from '../nginx/scopes.ts'
import type { TextEdit } from '../nginx/syntax/edit.ts'
import type { Directive } from '../nginx/syntax/parse.ts'
import { childrenOf, type Tree } from '../nginx/syntax/tree.ts'
import { indentOf } from './find-passes.ts'
import type { Refusal } from './refusal.ts'

/** How a server block comes to include what a service needs there; `edit` null: it does already. */
export type ServerInclude = { readonly edit: TextEdit | null } | { readonly refusal: Refusal }

/** Pure. A server block that has another service gets the tests alone: its `open_file_cache` is set by the other's file. */
export function serverInclude(config: AgentConfig, tree: Tree, server: Directive, vhost: string, service: string): ServerInclude {
  const { include_dir: includeDir } = config.nginx
  const { whole, beside } = generatedIn(config, tree, server)
  if (whole.includes(service) || beside.includes(service)) return { edit: null }
  const cache = childrenOf(tree, server).find(({ directive, file }) => directive.name === 'open_file_cache' && !file.startsWith(`${includeDir}/`))
  if (cache !== undefined) {
    const why = 'open_file_cache stands in the server block, where the generated include must turn it off'
    return { refusal: { place: `${vhost}:${cache.directive.line}`, why, by_hand: 'move it into the locations that serve files' } }
  }
  const [first] = whole
  if (first === undefined) return { edit: includeLine(server, join(includeDir, serverFileOf(service))) }
  const cacheMs = config.services[first]?.route_cache ?? 0
  if (cacheMs > (config.services[service]?.route_cache ?? 0)) {
    const why = `service ${first} is in this server block, and its route_cache of ${formatDuration(cacheMs)} would delay the switches of ${service}, too`
    const by_hand = `remove route_cache from [services.${first}] and restart the agent, or give ${service} a server block (a server_name or a port) of its own`
    return { refusal: { place: `${vhost}:${server.line}`, why, by_hand } }
  }
  return { edit: includeLine(server, join(includeDir, besideFileOf(service))) }
}

/** First in the block: a rewrite before it could end the server's rewrite phase, and the variable would be empty. */
function includeLine(server: Directive, file: string): TextEdit {
  const at = server.opened.end
  return { start: at, end: at, text: `${indentWithin(server)}include ${file};` }
}

/** What goes before a line put first into a block, so that it looks like the line after it. */
function indentWithin(server: Directive): string {
  const [child] = server.block ?? []
  if (child === undefined) return ' '
  return indentOf(child)
}
