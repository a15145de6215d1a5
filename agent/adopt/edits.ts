import { applyEdits, type TextEdit } from '../nginx/syntax/edit.ts'
import type { Tree } from '../nginx/syntax/tree.ts'
import type { FileChange } from './plan.ts'

/** Edits and new files by path, made into whole texts at the end. */
export class Edits {
  readonly #tree: Tree
  readonly #edits = new Map<string, TextEdit[]>()
  readonly #created: FileChange[] = []

  constructor(tree: Tree) {
    this.#tree = tree
  }

  add(path: string, ...edits: readonly TextEdit[]): void {
    this.#edits.set(path, [...(this.#edits.get(path) ?? []), ...edits])
  }

  create(path: string, after: string): void {
    this.#created.push({ path, before: null, after })
  }

  changes(): FileChange[] {
    const changed = [...this.#edits].map(([path, edits]) => {
      const before = this.#tree.files.get(path)?.text ?? ''
      return { path, before, after: applyEdits(before, edits) }
    })
    return [...this.#created, ...changed]
  }
}
