import { walk, type Tree } from '../nginx/syntax/tree.ts'

/** They are evaluated when they are used, so after a rewrite of the location. */
const LAZY = new Set(['map', 'split_clients'])

/** Pure: the variables, as they stand in a text, and all that get their value from them by a `map` or `split_clients`. */
export function dependents(tree: Tree, variables: readonly string[]): readonly string[] {
  const found = new Set(variables.flatMap((name) => [`$${name}`, `\${${name}}`]))
  const lazy = [...walk(tree)].flatMap(({ directive: { name, args, block } }) => {
    const variable = args.at(-1)
    if (!LAZY.has(name) || block === null || variable?.startsWith('$') !== true) return []
    return [{ variable: variable.slice(1), words: [...args.slice(0, -1), ...block.flatMap((line) => line.args)] }]
  })
  // A map may depend on one that is written after it.
  for (let before = 0; before < found.size; ) {
    before = found.size
    for (const { variable, words } of lazy) if (words.some((word) => [...found].some((text) => word.includes(text)))) found.add(`$${variable}`).add(`\${${variable}}`)
  }
  return [...found]
}
