import { atLeast } from '../nginx/version.ts'
import { childrenOf, type Tree, type Visit } from '../nginx/syntax/tree.ts'
import type { ProxyTarget } from './proxy-target.ts'
import { withPort } from './proxy-target.ts'
import type { Refusal } from './refusal.ts'

/** What the upstream in use becomes: the live pool of the service. */
export interface LivePool {
  readonly servers: readonly string[]
  readonly keepalive: number
  readonly notes: readonly string[]
  readonly refusals: readonly Refusal[]
}

/** With one server they choose nothing. */
const BALANCING = new Set(['least_conn', 'ip_hash', 'hash', 'random', 'least_time'])
const HARMLESS = new Set(['zone', 'keepalive', 'keepalive_requests', 'keepalive_timeout', 'keepalive_time', 'include', 'server'])
const HOST_PORT = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/

/** The pool of a target that has no upstream block: the one server it names. */
export function poolOfAddress(target: ProxyTarget): LivePool {
  return { servers: [withPort(target.authority, target.scheme ?? 'http')], keepalive: 0, notes: [], refusals: [] }
}

/** From this version on Nginx keeps so many idle connections to an upstream block that says nothing. */
const KEPT_BY_DEFAULT = { since: '1.29.7', connections: 32 }

/** Pure: reads an upstream block. What a pool of Greenroom cannot express is refused, never dropped in silence. */
export function poolOfUpstream(tree: Tree, upstream: Visit, scheme: ProxyTarget['scheme'], version: string | null): LivePool {
  const servers: string[] = []
  const notes: string[] = []
  const refusals: Refusal[] = []
  let keepalive = version !== null && atLeast(version, KEPT_BY_DEFAULT.since) ? KEPT_BY_DEFAULT.connections : 0
  const all = childrenOf(tree, upstream.directive).map(({ directive }) => directive)
  const place = (line: number) => `${upstream.file}:${line}`

  for (const { name, args, line } of all) {
    if (name !== 'server') continue
    const [address = '', ...parameters] = args
    if (parameters.includes('down')) {
      notes.push(`${place(line)}: ${address} is marked down and is left out of the pool.`)
      continue
    }
    // Port 80 holds in `http`, under `https` too: Nginx gives a server line without a port no other.
    const server = scheme === null ? address : withPort(address, 'http')
    if (!HOST_PORT.test(server)) {
      refusals.push({ place: place(line), why: `a pool holds servers as host:port, and ${address} is none`, by_hand: 'let the application listen on a TCP port of 127.0.0.1 and name that' })
      continue
    }
    for (const parameter of parameters) {
      if (['weight=1', 'max_conns=0', 'max_fails=1', 'fail_timeout=10', 'fail_timeout=10s'].includes(parameter)) continue
      if (/^(max_fails|fail_timeout)=/.test(parameter)) notes.push(`${place(line)}: ${parameter} is not carried over; Nginx's defaults hold (max_fails=1 fail_timeout=10s).`)
      else
        refusals.push({
          place: place(line),
          why: `a pool cannot express "${parameter}": the servers of a colour share its traffic equally`,
          by_hand: parameter === 'backup' ? 'make the backup server the other colour (--green), or remove the line' : `remove "${parameter}" if equal shares will do`,
        })
    }
    if (!servers.includes(server)) servers.push(server)
  }
  for (const { name, args, line } of all) {
    if (name === 'keepalive') keepalive = Number(args[0])
    else if (BALANCING.has(name)) {
      if (servers.length > 1)
        refusals.push({ place: place(line), why: `the generated pool balances round robin, and this upstream uses ${name}`, by_hand: `remove ${name} if round robin will do` })
    } else if (name.startsWith('keepalive_')) notes.push(`${place(line)}: ${name} ${args.join(' ')} is not carried over; Nginx's default holds.`)
    else if (!HARMLESS.has(name)) refusals.push({ place: place(line), why: `a pool cannot express "${name}"`, by_hand: `remove ${name} if the service works without it` })
  }
  if (servers.length === 0 && refusals.length === 0) refusals.push({ place: place(upstream.directive.line), why: 'the upstream has no server', by_hand: 'add a server line' })
  return { servers, keepalive, notes, refusals }
}
