import { isAbsolute, join } from 'node:path'
import type { ConfigFile } from './dump.ts'
import { globMatcher, isPattern } from './glob.ts'
import { parse, type Directive, type Document } from './parse.ts'

/** A whole configuration, its main file and all that it includes. */
export interface Tree {
  readonly main: string
  /** Directory that relative `include`s start from: the one of the main file. */
  readonly prefix: string
  readonly files: ReadonlyMap<string, { readonly text: string; readonly document: Document }>
  /** File that each block stands in. */
  readonly blocks: ReadonlyMap<Directive, string>
}

/** Where the walker stands. */
export interface Visit {
  readonly directive: Directive
  /** Path of the file that the directive stands in. */
  readonly file: string
  /** The blocks around it, outermost first, those of including files among them. */
  readonly parents: readonly Directive[]
}

/** Parses all files of a configuration; the first is the main one. Throws ConfigSyntaxError. */
export function parseTree(files: readonly ConfigFile[]): Tree {
  const main = files[0]
  if (main === undefined) throw new RangeError('a configuration has at least one file')
  const parsed = new Map<string, { text: string; document: Document }>()
  const blocks = new Map<Directive, string>()
  for (const { path, text } of files) {
    const document = parse(text, path)
    parsed.set(path, { text, document })
    for (const block of blocksIn(document.directives)) blocks.set(block, path)
  }
  return { main: main.path, prefix: join(main.path, '..'), files: parsed, blocks }
}

function blocksIn(directives: readonly Directive[]): Directive[] {
  return directives.flatMap((directive) => (directive.block === null ? [] : [directive, ...blocksIn(directive.block)]))
}

/** The absolute path or pattern that the argument of an `include` stands for. */
export function includeTarget(prefix: string, argument: string): string {
  return isAbsolute(argument) ? argument : join(prefix, argument)
}

/** The files of the tree that an `include` brings in, in Nginx's order. */
export function includedFiles(tree: Tree, argument: string): string[] {
  const target = includeTarget(tree.prefix, argument)
  if (!isPattern(target)) return tree.files.has(target) ? [target] : []
  const matches = globMatcher(target)
  return [...tree.files.keys()].filter((path) => matches(path)).toSorted(byBytes)
}

/** Order of glob(3) in the C locale, which Nginx runs in. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Every directive in the order Nginx reads them, outer before inner; after an `include`, what it brings in. */
export function* walk(tree: Tree): Generator<Visit> {
  yield* walkFile(tree, tree.main, [], [])
}

function* walkFile(tree: Tree, file: string, parents: readonly Directive[], stack: readonly string[]): Generator<Visit> {
  const document = tree.files.get(file)?.document
  // A file that includes itself is an error for Nginx; here it must only not be walked for ever.
  if (document === undefined || stack.includes(file)) return
  yield* walkBlock(tree, file, document.directives, parents, [...stack, file])
}

function* walkBlock(tree: Tree, file: string, block: readonly Directive[], parents: readonly Directive[], stack: readonly string[]): Generator<Visit> {
  for (const directive of block) {
    yield { directive, file, parents }
    if (directive.name === 'include' && directive.block === null) {
      for (const path of includedFiles(tree, directive.args[0] ?? '')) yield* walkFile(tree, path, parents, stack)
    } else if (directive.block !== null) {
      yield* walkBlock(tree, file, directive.block, [...parents, directive], stack)
    }
  }
}

/** What stands directly in a block, with what its `include`s bring in. */
export function childrenOf(tree: Tree, block: Directive): Visit[] {
  const visits = [...walkBlock(tree, '', block.block ?? [], [block], [])]
  return visits.filter(({ parents }) => parents.at(-1) === block)
}
