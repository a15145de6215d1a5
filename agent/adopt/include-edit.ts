import { dirname, join } from 'node:path'
import type { TextEdit } from '../nginx/syntax/edit.ts'
import { globMatcher } from '../nginx/syntax/glob.ts'
import { byBytes, childrenOf, includeTarget, walk, type Tree, type Visit } from '../nginx/syntax/tree.ts'

/** How a block comes to include a generated file. */
export type IncludeEdit =
  | { readonly kind: 'present' }
  | { readonly kind: 'new file'; readonly path: string; readonly text: string }
  | { readonly kind: 'edit'; readonly file: string; readonly edit: TextEdit }
  | { readonly kind: 'no block' }

/** The file that brings http.conf in where the configuration has a drop-in directory. */
const DROP_IN = 'greenroom.conf'

/** The `http {}` or `stream {}` of the configuration. */
export function blockNamed(tree: Tree, name: 'http' | 'stream'): Visit | undefined {
  return [...walk(tree)].find(({ directive, parents }) => directive.name === name && parents.length === 0 && directive.block !== null)
}

/** Whether an `include` directly in the block (or in a file it includes) brings this file in, existing or not. */
export function includes(tree: Tree, block: Visit, path: string): boolean {
  return childrenOf(tree, block.directive).some(({ directive }) => directive.name === 'include' && globMatcher(includeTarget(tree.prefix, directive.args[0] ?? ''))(path))
}

/**
 * Pure: how `http {}` or `stream {}` comes to include a generated file. A drop-in of its own (`conf.d/*.conf`) is
 * preferred, so that the packaged nginx.conf stays as shipped; else, and where a `map_hash_bucket_size` comes later, which
 * Nginx refuses once a map was read, the end of the block.
 */
export function includeEdit(tree: Tree, name: 'http' | 'stream', path: string): IncludeEdit {
  const block = blockNamed(tree, name)
  if (block === undefined) return { kind: 'no block' }
  if (includes(tree, block, path)) return { kind: 'present' }
  const children = childrenOf(tree, block.directive)
  for (const [index, { directive }] of children.entries()) {
    const pattern = directive.name === 'include' ? includeTarget(tree.prefix, directive.args[0] ?? '') : ''
    const dropIn = /^([^*?[]*)\/\*\.conf$/.exec(pattern)?.[1]
    if (dropIn === undefined) continue
    const file = join(dropIn, DROP_IN)
    const later = children.slice(index + 1).some((child) => child.directive.name.startsWith('map_hash_') && !(dirname(child.file) === dropIn && byBytes(child.file, file) < 0))
    if (!later && !tree.files.has(file))
      return { kind: 'new file', path: file, text: `# Brings in the upstreams and maps that greenroom-agent generates.\ninclude ${path};\n` }
  }
  const closed = block.directive.closed!
  const newline = closed.before.lastIndexOf('\n')
  const at = newline === -1 ? closed.start : closed.start - closed.before.length + newline
  return { kind: 'edit', file: block.file, edit: { start: at, end: at, text: newline === -1 ? `include ${path}; ` : `\n    include ${path};` } }
}
