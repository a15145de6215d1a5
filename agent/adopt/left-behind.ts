import type { Directive } from '../nginx/syntax/parse.ts'
import { walk, type Tree } from '../nginx/syntax/tree.ts'
import type { Pass } from './find-passes.ts'
import { sameAuthority } from './proxy-target.ts'

/** Directives whose values decide where a proxy_pass with a variable leads. */
const CHOOSING = new Set(['map', 'split_clients', 'geo'])

interface Asked {
  readonly authority: string
  readonly context: 'http' | 'stream'
  readonly vhost: string
  readonly service: string
}

/**
 * Pure: what else leads, or may lead, to the target and does not switch with the service, one sentence each. `certain`:
 * some of it does lead there, so that the upstream is still in use.
 */
export function leftBehind(tree: Tree, passes: readonly Pass[], { authority, context, vhost, service }: Asked): { readonly notes: string[]; readonly certain: boolean } {
  const adopted = new Set<Directive>(passes.map(({ directive }) => directive))
  const notes: string[] = []
  let certain = false
  for (const { directive, file, parents } of walk(tree)) {
    const { name, args, line } = directive
    if (parents[0]?.name !== context || adopted.has(directive)) continue
    const [target = ''] = args
    const chosen = CHOOSING.has(parents.at(-1)?.name ?? '') || name === 'set' ? args.at(-1) : undefined
    if (name.endsWith('_pass') && sameAuthority(authorityOf(target), authority)) {
      certain = true
      if (name === 'proxy_pass') notes.push(`${file}:${line} passes to ${authority} too and will not switch with the service; adopt that vhost as well, with --service ${service}.`)
      else notes.push(`${file}:${line}: "${name} ${target}" leads to ${authority} too and will not switch with the service: of it only proxy_pass is adopted.`)
    } else if (chosen !== undefined && sameAuthority(authorityOf(chosen), authority)) {
      certain = true
      notes.push(`${file}:${line}: a variable has the value "${chosen}", and a proxy_pass that goes by it will not switch with the service.`)
    } else if (name === 'proxy_pass' && file === vhost && target.includes('$') && !target.includes('$greenroom_') && authorityOf(target).includes('$')) {
      notes.push(`${file}:${line}: where "proxy_pass ${target}" leads is decided with each request; it stays as it is and does not switch with the service.`)
    }
  }
  return { notes, certain }
}

/** `host` or `host:port` of what a `…_pass` names, variables in it as they stand. */
function authorityOf(target: string): string {
  return target.replace(/^\w+:\/\//, '').replace(/[/?].*$/s, '').replace(/(?<=.)\$\{?(?:request_)?uri\b.*$/s, '')
}
