import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A package as package-lock.json has it. */
export interface LockedPackage {
  /** `node_modules/pino/node_modules/x`, relative to the root. */
  readonly path: string
  readonly name: string
  readonly version: string
  /** `sha512-…` of its tarball. */
  readonly integrity: string
  readonly license: string
}

interface Entry {
  readonly version?: string
  readonly integrity?: string
  readonly license?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export type Lock = Readonly<Record<string, Entry>>

export async function readLock(root: string): Promise<Lock> {
  return (JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as { packages: Lock }).packages
}

/** These packages and all that they need, found as Node finds them, sorted by path. */
export function closureOf(lock: Lock, names: readonly string[]): LockedPackage[] {
  const found = new Map<string, LockedPackage>()
  const visit = (name: string, from: string, optional: boolean) => {
    const path = find(lock, name, from)
    if (path === null) {
      if (optional) return
      throw new Error(`package-lock.json has no ${name}, which ${from === '' ? 'our code' : from} needs`)
    }
    if (found.has(path)) return
    const entry = lock[path]!
    found.set(path, { path, name, version: entry.version ?? '', integrity: entry.integrity ?? '', license: entry.license ?? 'unknown' })
    for (const dependency of Object.keys(entry.dependencies ?? {})) visit(dependency, path, false)
    for (const dependency of Object.keys({ ...entry.optionalDependencies, ...entry.peerDependencies })) visit(dependency, path, true)
  }
  for (const name of names) visit(name, '', false)
  return [...found.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** From the nearest node_modules outwards. */
function find(lock: Lock, name: string, from: string): string | null {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`
    if (lock[path] !== undefined) return path
    if (at === '') return null
    if (!at.includes('/node_modules/')) at = ''
  }
}
