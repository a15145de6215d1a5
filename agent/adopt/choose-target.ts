import type { Pass } from './find-passes.ts'
import type { AdoptInput } from './plan.ts'
import { sameAuthority, type ProxyTarget } from './proxy-target.ts'
import { AdoptRefused } from './refusal.ts'
import type { Visit } from '../nginx/syntax/tree.ts'

export interface Chosen {
  readonly target: ProxyTarget
  readonly passes: readonly Pass[]
  /** The service that the vhost belongs to already. */
  readonly already: string | null
}

/** Pure: which of the vhost's proxy_pass directives are adopted. Throws AdoptRefused where that is not plain. */
export function chooseTarget({ vhost, config, options, again }: AdoptInput, found: { passes: readonly Pass[]; variable: readonly Visit[] }): Chosen {
  const ofVhost = found.passes.filter((pass) => pass.serverFile === vhost)
  const candidates = new Map(ofVhost.map(({ target: { authority } }) => [authority.toLowerCase(), authority]))
  const already = found.variable.flatMap(({ directive, file }) => {
    const identifier = file === vhost ? /^https?:\/\/\$\{?greenroom_(\w+)/.exec(directive.args[0] ?? '')?.[1] : undefined
    const service = Object.keys(config.services).find((name) => name.replaceAll('-', '_') === identifier)
    return service === undefined ? [] : [service]
  })[0]

  const names = [...candidates.values()]
  const chosen = options.upstream ?? (names.length === 1 ? names[0]! : null)
  const passes = chosen === null ? [] : ofVhost.filter((pass) => sameAuthority(pass.target.authority, chosen))
  if (passes.length === 0 && already !== undefined && (options.service ?? already) === already) return { target: { scheme: 'http', authority: '', uri: '' }, passes: [], already }
  if (candidates.size === 0 && already !== undefined)
    throw new AdoptRefused([{ place: vhost, why: `it is under Greenroom already, as service ${already}`, by_hand: `take that back first: ${again(`adopt ${vhost} --undo`)}` }])
  if (candidates.size === 0) {
    const other = found.variable.find(({ file }) => file === vhost)
    if (other !== undefined) {
      const socket = /^https?:\/\/unix:/.test(other.directive.args[0] ?? '')
      const why = `"proxy_pass ${other.directive.args[0]}" ${socket ? 'goes to a unix socket, and a pool holds servers as host:port' : 'has no fixed target'}`
      throw new AdoptRefused([{ place: `${vhost}:${other.directive.line}`, why, by_hand: socket ? 'let the application listen on a TCP port of 127.0.0.1 and pass to that, then adopt it' : 'let the vhost pass to a named upstream, then adopt it' }])
    }
    throw new AdoptRefused([{ place: vhost, why: 'no server block in it has a proxy_pass (fastcgi_pass, uwsgi_pass and grpc_pass are not adopted)', by_hand: 'name the file whose server block has the proxy_pass' }])
  }
  if (chosen === null)
    throw new AdoptRefused([
      { place: vhost, why: `it passes to several targets: ${names.join(', ')}`, by_hand: `adopt them one by one: ${again(`adopt ${vhost} --upstream ${names[0]} --service NAME`)}` },
    ])
  if (passes.length === 0)
    throw new AdoptRefused([{ place: '--upstream', why: `no proxy_pass of ${vhost} goes to ${chosen}`, by_hand: `choose one of ${names.join(', ')}` }])

  const included = passes.filter((pass) => pass.file !== vhost)
  const schemes = new Set(passes.map((pass) => pass.target.scheme))
  const refusals = included.map(({ file, directive }) => ({
    place: `${file}:${directive.line}`,
    why: 'this proxy_pass stands in an included file, which other vhosts may include too, without what it would then need',
    by_hand: `move the line into ${vhost}, or adopt with --strategy reload`,
  }))
  if (included.length > 0 && options.strategy !== 'reload') throw new AdoptRefused(refusals)
  if (schemes.size > 1) throw new AdoptRefused([{ place: vhost, why: `it speaks both http and https to ${chosen}`, by_hand: 'use one protocol for all locations' }])
  return { target: passes[0]!.target, passes, already: null }
}
