import type { Directive } from '../nginx/syntax/parse.ts'
import { walk, type Tree } from '../nginx/syntax/tree.ts'

/** The directives of that name outside of every block. */
export function mainDirectives(tree: Tree, name: string): Directive[] {
  return [...walk(tree)].flatMap(({ directive, parents }) => (parents.length === 0 && directive.name === name ? [directive] : []))
}
