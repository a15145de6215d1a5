import type { Directive } from '../nginx/syntax/parse.ts'
import { walk, type Tree, type Visit } from '../nginx/syntax/tree.ts'
import { parseProxyTarget, type ProxyTarget } from './proxy-target.ts'

/** One `proxy_pass` to a fixed target. */
export interface Pass {
  readonly directive: Directive
  readonly file: string
  readonly context: 'http' | 'stream'
  readonly target: ProxyTarget
  readonly server: Directive
  /** File that the server block stands in; another one where the proxy_pass was included. */
  readonly serverFile: string
  /** The location it stands directly in; null in an `if` or `limit_except`, and in `stream`. */
  readonly location: Directive | null
  /** The blocks around it, outermost first. */
  readonly levels: readonly Directive[]
}

/** Every proxy_pass of the tree whose target is fixed, and those of which it is not. */
export function findPasses(tree: Tree): { passes: Pass[]; variable: Visit[] } {
  const passes: Pass[] = []
  const variable: Visit[] = []
  // A file that is included twice (by a pattern and by its name) is written once.
  const seen = new Map<Directive, Set<Directive>>()
  for (const visit of walk(tree)) {
    const { directive, file, parents } = visit
    if (directive.name !== 'proxy_pass') continue
    const [root] = parents
    const server = parents.find(({ name }) => name === 'server')
    if (server === undefined || (root?.name !== 'http' && root?.name !== 'stream')) continue
    const servers = seen.get(directive) ?? new Set()
    if (servers.has(server)) continue
    seen.set(directive, servers.add(server))
    const target = parseProxyTarget(directive.args[0] ?? '', root.name)
    if (target === null) {
      variable.push(visit)
      continue
    }
    const innermost = parents.at(-1)!
    passes.push({
      directive,
      file,
      context: root.name,
      target,
      server,
      serverFile: tree.blocks.get(server) ?? file,
      location: innermost.name === 'location' ? innermost : null,
      levels: parents,
    })
  }
  return { passes, variable }
}

/** What separates a directive from one put beside it: a newline and its indentation, or a space on a line shared with others. */
export function indentOf(directive: Directive): string {
  const before = directive.words[0]!.before
  const newline = before.lastIndexOf('\n')
  if (newline === -1) return ' '
  return before.slice(before[newline - 1] === '\r' ? newline - 1 : newline)
}
