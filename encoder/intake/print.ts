import type { BigIntStats } from 'node:fs'

/** What tells whether a file is still the same one with the same content, without reading it. */
export interface Print {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  /** Changes with every write, also one that sets the mtime back (`cp -p`, `rsync -t`). */
  readonly ctimeNs: bigint
}

export function printOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): Print {
  return { dev, ino, size, mtimeNs, ctimeNs }
}

export function samePrint(a: Print, b: Print): boolean {
  return sameContent(a, b) && a.ctimeNs === b.ctimeNs
}

/** The same file, not written to: for before and after a rename, which changes the ctime. */
export function sameContent(a: Print, b: Print): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs
}

/** The name of the file itself, whatever paths lead to it. */
export function inodeOf({ dev, ino }: Pick<Print, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`
}

export function mtimeMs({ mtimeNs }: Pick<Print, 'mtimeNs'>): number {
  return Number(mtimeNs / 1_000_000n)
}
