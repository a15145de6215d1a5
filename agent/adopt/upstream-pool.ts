import { formats } from '../../shared/config/formats.ts'
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

  const alone = all.filter(({ name, args }) => name === 'server' && !args.includes('down')).length === 1

  for (const { name, args, line } of all) {
    if (name !== 'server') continue
    const [address = '', ...parameters] = args
    if (parameters.includes('down')) {
      notes.push(`${place(line)}: ${address} is marked down and is left out of the pool.`)
      continue
    }
    // Port 80 holds in `http`, under `https` too: Nginx gives a server line without a port no other.
    const server = scheme === null ? address : withPort(address, 'http')
    if (formats['host-port'].check(server) !== undefined) {
      refusals.push({ place: place(line), why: `a pool holds servers as host:port, and ${address} is none`, by_hand: 'let the application listen on a TCP port of 127.0.0.1 and name that' })
      continue
    }
    for (const parameter of parameters) {
      if (['weight=1', 'max_conns=0', 'max_fails=1', 'fail_timeout=10', 'fail_timeout=10s'].includes(parameter)) continue
      if (alone && parameter.startsWith('weight=')) continue
      if (/^(max_fails|fail_timeout)=/.test(parameter)) notes.push(`${place(line)}: ${parameter} is not carried over; Nginx's defaults hold (max_fails=1 fail_timeout=10s).`)
      else
        refusals.push({
          place: place(line),
          ...reasonAgainst(parameter),
        })
    }
    if (servers.includes(server)) refusals.push({ place: place(line), why: `${server} is there a second time, for twice the traffic: the servers of a colour share its traffic equally`, by_hand: 'remove the line if equal shares will do' })
    else servers.push(server)
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

/** Why a parameter of a server line is not carried over, and what to do about it. */
function reasonAgainst(parameter: string): Pick<Refusal, 'why' | 'by_hand'> {
  const [name] = parameter.split('=')
  if (name === 'backup') return { why: 'a pool cannot express "backup": all servers of a colour are in use', by_hand: 'make the backup server the other colour (--green), or remove the line' }
  if (name === 'weight') return { why: `a pool cannot express "${parameter}": the servers of a colour share its traffic equally`, by_hand: `remove "${parameter}" if equal shares will do` }
  if (name === 'resolve' || name === 'service') return { why: `a pool cannot express "${parameter}": its names are resolved when Nginx loads it`, by_hand: `remove "${parameter}", and reload Nginx when the addresses change` }
  return { why: `a pool cannot express "${parameter}"`, by_hand: `remove "${parameter}" if the service works without it` }
}
