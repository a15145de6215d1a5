import { inherited } from '../nginx/syntax/levels.ts'
import type { Directive } from '../nginx/syntax/parse.ts'
import { walk, type Tree } from '../nginx/syntax/tree.ts'
import type { Pass } from './find-passes.ts'
import type { Refusal } from './refusal.ts'

/** What a nested location says to have what it had, where nothing was said before. */
const DEFAULTS: Readonly<Record<string, string>> = {
  proxy_set_header: 'proxy_set_header Host $proxy_host;',
  proxy_redirect: 'proxy_redirect default;',
  proxy_ssl_name: 'proxy_ssl_name $proxy_host;',
}

/**
 * Pure: each `proxy_pass` deeper in an adopted location that would inherit what is written beside the adopted one:
 * another application would be asked with this one's Host. `own`: what is written beside each adopted one.
 */
export function inheritors(tree: Tree, { location, file, levels }: Pass, added: readonly string[], own: ReadonlyMap<Directive, readonly string[]>): Refusal[] {
  if (location === null || added.length === 0) return []
  return [...walk(tree)].flatMap((visit) => {
    const { directive, parents } = visit
    const depth = parents.indexOf(location)
    if (directive.name !== 'proxy_pass' || depth === -1 || depth === parents.length - 1) return []
    const target = directive.args[0] ?? ''
    const within = parents.slice(depth + 1)
    const lacking = added.filter(
      (name) => inherited(tree, within, name).level === null && own.get(directive)?.includes(name) !== true && (name !== 'proxy_ssl_name' || /^https:/i.test(target)),
    )
    if (lacking.length === 0) return []
    const place = `${visit.file}:${directive.line}`
    const why = `"proxy_pass ${target}" stands within the location of line ${location.line} and would inherit ${lacking.join(', ')} from it`
    const innermost = within.at(-1)!.name
    if (innermost === 'location') {
      const lines = lacking.flatMap((name) => {
        if (name === 'proxy_redirect' && target.includes('$')) return ['proxy_redirect off;']
        const shared = name === 'proxy_set_header' ? inherited(tree, levels, name).directives.map(({ words }) => `${words.map(({ raw }) => raw).join(' ')};`) : []
        return shared.concat(DEFAULTS[name] ?? [])
      })
      return [{ place, why, by_hand: `write after it what holds there now, then adopt again: ${lines.join(' ')}` }]
    }
    const hosts = `say in the location of ${file}:${location.line} what holds for both (such as "proxy_set_header Host $host;" and "proxy_redirect off;")`
    return [{ place, why: `${why} ("${innermost}" cannot say otherwise)`, by_hand: `${hosts}, or adopt with --strategy reload` }]
  })
}
