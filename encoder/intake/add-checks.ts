import { readdir } from 'node:fs/promises'
import { messageOf, Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import { SourceNames } from './companions.ts'
import { isGone, lstatIfThere, printAt } from './disk.ts'
import { kindOf } from './file-kind.ts'
import { joinBytes, keyOf, nameOf, parentOf, type PathBytes } from './path-bytes.ts'
import { showPath } from './show-path.ts'

/** The options and captions files that lie beside a source, with the rule that intake has. */
export async function companionsOf(source: PathBytes): Promise<PathBytes[]> {
  const directory = parentOf(source)
  let names: PathBytes[]
  try {
    names = await readdir(directory.length === 0 ? '.' : directory, 'buffer')
  } catch (error) {
    if (isGone(error)) return []
    throw new Problem(errors.environment, `${showPath(directory)} cannot be read: ${messageOf(error)}.`, {}, error)
  }
  const sources = new SourceNames(names.filter((name) => kindOf(name) === 'source').map(keyOf).toSorted())
  return names
    .filter((name) => {
      const kind = kindOf(name)
      return (kind === 'options' || kind === 'captions') && sources.ownerOf(keyOf(name), kind) === keyOf(nameOf(source))
    })
    .toSorted((a, b) => a.compare(b))
    .map((name) => (directory.length === 0 ? name : joinBytes(directory, name)))
}

/** Throws for a source that intake would never take, and for what is there already. */
export async function checkSource(source: PathBytes, companions: readonly PathBytes[], folder: PathBytes): Promise<void> {
  const shown = showPath(source)
  const print = await printAt(source).catch((error: unknown) => {
    throw new Problem(errors.usage, `${shown} cannot be looked at: ${messageOf(error)}.`, {}, error)
  })
  if (print === undefined) throw new Problem(errors.usage, (await lstatIfThere(source)) === undefined ? `${shown} does not exist.` : `${shown} is no regular file; name each file to be added.`)
  if (print.size === 0n) throw new Problem(errors.usage, `${shown} is empty.`)
  const kind = kindOf(nameOf(source))
  if (kind !== 'source') throw new Problem(errors.usage, `${shown} has a name under which intake never takes a file (${kind === 'note' ? 'a note on a failure' : 'a temporary one'}); rename it.`)
  for (const path of [source, ...companions]) {
    const target = joinBytes(folder, nameOf(path))
    if ((await lstatIfThere(target)) !== undefined) throw alreadyThere(target)
  }
}

/** Throws for two files that would get the same name. */
export function checkNames(paths: readonly PathBytes[]): void {
  const seen = new Map<string, PathBytes>()
  for (const path of paths) {
    const other = seen.get(keyOf(nameOf(path)))
    if (other !== undefined) throw new Problem(errors.usage, `${showPath(other)} and ${showPath(path)} have the same name; add one after the other.`)
    seen.set(keyOf(nameOf(path)), path)
  }
}

export function alreadyThere(path: PathBytes): Problem {
  return new Problem(errors.alreadyInIngest, `${showPath(path)} is there already; wait until it has been taken, or rename one of them.`)
}

