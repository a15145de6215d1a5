import { join } from 'node:path'
import type { AgentConfig } from '../config.ts'
import { STREAM_FILE } from './names.ts'
import type { ConfigFile } from './syntax/dump.ts'
import { parseTree, walk, type Tree, type Visit } from './syntax/tree.ts'

/** What to add, in which block of which file, so that Nginx includes the generated files named (`http.conf`, `stream.conf`). */
export function includeHint(nginx: AgentConfig['nginx'], files: readonly ConfigFile[], missing: readonly string[]): string {
  const steps = missing.map((name) => hintFor(nginx, files, name))
  return `Nginx does not include the generated files. ${steps.join(' ')} Then reload Nginx.`
}

function hintFor(nginx: AgentConfig['nginx'], files: readonly ConfigFile[], name: string): string {
  const line = `include ${join(nginx.include_dir, name)};`
  const context = name === STREAM_FILE ? 'stream' : 'http'
  const block = findBlock(files, context)
  if (block !== null) return `Add "${line}" to the ${context} block that begins at line ${block.directive.line} of ${block.file}.`
  return `Add "${context} { ${line} }" to ${nginx.config}, outside of every other block.`
}

function findBlock(files: readonly ConfigFile[], name: string): Visit | null {
  const tree = treeOf(files)
  if (tree === null) return null
  for (const visit of walk(tree)) if (visit.parents.length === 0 && visit.directive.name === name && visit.directive.block !== null) return visit
  return null
}

/** Null where our reader does not understand what Nginx does (Lua blocks): the hint is then less precise. */
export function treeOf(files: readonly ConfigFile[]): Tree | null {
  try {
    return parseTree(files)
  } catch (error) {
    if (error instanceof Error && (error.name === 'ConfigSyntaxError' || error instanceof RangeError)) return null
    throw error
  }
}

