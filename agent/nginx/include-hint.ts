import { join } from 'node:path'
import type { AgentConfig } from '../config.ts'
import { HTTP_FILE, STREAM_FILE } from './names.ts'
import { globMatcher, isPattern } from './syntax/glob.ts'
import type { ConfigFile } from './syntax/dump.ts'
import { ConfigSyntaxError } from './syntax/syntax-error.ts'
import { includeTarget, parseTree, walk, type Tree, type Visit } from './syntax/tree.ts'

/** The generated files of the top level, and the block each has to be included in. */
const CONTEXTS: Readonly<Record<string, string>> = { [HTTP_FILE]: 'http', [STREAM_FILE]: 'stream' }

/** The parsed files; null where Nginx reads what our reader does not (blocks of Lua). */
export function treeOf(files: readonly ConfigFile[]): Tree | null {
  try {
    return parseTree(files)
  } catch (error) {
    if (error instanceof ConfigSyntaxError) return null
    throw error
  }
}

/** Those of `names` that no `include` of the configuration brings in, whether they exist yet or not. */
export function notIncluded(nginx: AgentConfig['nginx'], tree: Tree, names: Iterable<string>): string[] {
  const targets = [...walk(tree)].flatMap(({ directive, parents }) =>
    directive.name === 'include' && directive.block === null
      ? [{ context: parents.map((parent) => parent.name).join(' '), target: includeTarget(tree.prefix, directive.args[0] ?? '') }]
      : [],
  )
  return [...names].filter((name) => {
    const path = join(nginx.include_dir, name)
    const brings = (target: string) => (isPattern(target) ? globMatcher(target)(path) : target === path)
    return CONTEXTS[name] !== undefined && !targets.some(({ context, target }) => context === CONTEXTS[name] && brings(target))
  })
}

/** What to add, in which block of which file, so that Nginx includes the generated files `missing`. */
export function includeHint(nginx: AgentConfig['nginx'], tree: Tree | null, missing: readonly string[]): string {
  return `Nginx does not include the generated files. ${missing.map((name) => hintFor(nginx, tree, name)).join(' ')} Then reload Nginx.`
}

function hintFor(nginx: AgentConfig['nginx'], tree: Tree | null, name: string): string {
  const line = `include ${join(nginx.include_dir, name)};`
  const context = CONTEXTS[name] ?? 'http'
  const block = tree === null ? null : findBlock(tree, context)
  if (block !== null) return `Add "${line}" to the ${context} block that begins at line ${block.directive.line} of ${block.file}.`
  return `Add "${context} { ${line} }" to ${nginx.config}, outside of every other block.`
}

function findBlock(tree: Tree, name: string): Visit | null {
  for (const visit of walk(tree)) if (visit.parents.length === 0 && visit.directive.name === name && visit.directive.block !== null) return visit
  return null
}
