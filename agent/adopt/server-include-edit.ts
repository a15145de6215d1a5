import { basename, join } from 'node:path'
import type { TextEdit } from '../nginx/syntax/edit.ts'
import type { Directive } from '../nginx/syntax/parse.ts'
import { childrenOf, includeTarget, type Tree } from '../nginx/syntax/tree.ts'
import { indentOf } from './find-passes.ts'
import type { Refusal } from './refusal.ts'

/** What keeps the generated include out of a server block; null where it can go in. */
export function serverObstacle(tree: Tree, server: Directive, vhost: string, includeDir: string): Refusal | null {
  const children = childrenOf(tree, server)
  const cache = children.find(({ directive }) => directive.name === 'open_file_cache')
  if (cache !== undefined)
    return { place: `${vhost}:${cache.directive.line}`, why: 'open_file_cache stands in the server block, where the generated include must turn it off', by_hand: 'move it into the locations that serve files' }
  const other = children.find(({ directive }) => directive.name === 'include' && includeTarget(tree.prefix, directive.args[0] ?? '').startsWith(join(includeDir, 'server/')))
  if (other === undefined) return null
  return {
    place: `${vhost}:${other.directive.line}`,
    why: `this server block is under Greenroom already, by "${basename(other.directive.args[0] ?? '')}", and the generated include can stand once in a server block`,
    by_hand: 'give the second service a server block (a server_name or a port) of its own, or adopt it with --strategy reload',
  }
}

/** What goes before a line put first into a block, so that it looks like the line after it. */
function indentWithin(server: Directive): string {
  const [child] = server.block ?? []
  if (child === undefined) return ' '
  return indentOf(child)
}


/** First in the block: a rewrite before it could end the server's rewrite phase, and the variable would be empty. */
export function serverIncludeEdit(server: Directive, file: string): TextEdit {
  const at = server.opened.end
  return { start: at, end: at, text: `${indentWithin(server)}include ${file};` }
}
