import type { Directive } from './parse.ts'
import { childrenOf, type Tree, type Visit } from './tree.ts'

/** What holds in a block for a directive that is inherited only where the inner level has none of it. */
export interface Inherited {
  readonly directives: readonly Directive[]
  /** The block that has them; null where no level has any. */
  readonly level: Directive | null
}

/** The directives called `name` that hold in the innermost of `levels` (outermost first). */
export function inherited(tree: Tree, levels: readonly Directive[], name: string): Inherited {
  for (const level of levels.toReversed()) {
    const directives = childrenOf(tree, level).flatMap(({ directive }) => (directive.name === name ? [directive] : []))
    if (directives.length > 0) return { directives, level }
  }
  return { directives: [], level: null }
}

/** Whether some word of the block's own directives, or of those it may inherit, contains one of the texts. */
export function mentions(tree: Tree, levels: readonly Directive[], texts: readonly string[]): Visit | undefined {
  for (const level of levels) {
    const found = childrenOf(tree, level).find(({ directive }) => directive.block === null && directive.args.some((arg) => texts.some((text) => arg.includes(text))))
    if (found !== undefined) return found.file === '' ? { ...found, file: tree.blocks.get(level) ?? '' } : found
  }
  return undefined
}
