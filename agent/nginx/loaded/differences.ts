import { diffLines } from 'diff'
import { unifiedDiff } from '../generated/ownership.ts'

/** A change on disk that the running Nginx has not loaded. */
export interface ForeignEdit {
  readonly file: string
  /** First line that differs, in the file as it is now; 1 when the file has gone or its loaded text is not known. */
  readonly line: number
  /** Unified, from loaded to disk; '' when what is loaded is not known. */
  readonly diff: string
}

/** Texts by path. Null: the file is loaded, but with a text that is not known. */
export type Texts = ReadonlyMap<string, string | null>

/** The files whose text differs between what is loaded and what is on disk, in the order of the disk, removed ones last. */
export function foreignEdits(loaded: Texts, disk: ReadonlyMap<string, string>): ForeignEdit[] {
  const paths = new Set([...disk.keys(), ...loaded.keys()])
  return [...paths].flatMap((file) => {
    const before = loaded.get(file)
    const after = disk.get(file)
    if (before === after) return []
    if (before === null) return [{ file, line: 1, diff: '' }]
    return [{ file, line: firstChangedLine(before ?? '', after ?? ''), diff: unifiedDiff(file, before ?? '', after ?? '') }]
  })
}

function firstChangedLine(before: string, after: string): number {
  let line = 1
  for (const part of diffLines(before, after)) {
    if (part.added || part.removed) return Math.max(1, Math.min(line, after.split('\n').length))
    line += part.count
  }
  return 1
}
