import { access, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ConfigFile } from './dump.ts'
import { globMatcher, isPattern } from './glob.ts'
import { parse, type Directive } from './parse.ts'
import { byBytes, includeTarget } from './tree.ts'
import { systemCodeOf } from '../../../shared/errors/problem.ts'

/**
 * Reads a configuration from disk as Nginx would, includes resolved, in the order and shape of `parseDump`.
 * Throws the system error of a file that cannot be read, and ConfigSyntaxError.
 */
export async function readTree(main: string, read: (path: string) => Promise<string> = (path) => readFile(path, 'utf8')): Promise<ConfigFile[]> {
  const prefix = dirname(main)
  const files = new Map<string, string>()
  await visit(main)
  return [...files].map(([path, text]) => ({ path, text }))

  async function visit(path: string): Promise<void> {
    if (files.has(path)) return
    const text = await read(path)
    files.set(path, text)
    for (const argument of includesOf(parse(text, path).directives)) {
      const target = includeTarget(prefix, argument)
      for (const included of isPattern(target) ? await expand(target) : [target]) await visit(included)
    }
  }
}

function includesOf(directives: readonly Directive[]): string[] {
  return directives.flatMap(({ name, args, block }) => {
    if (block !== null) return includesOf(block)
    return name === 'include' && args[0] !== undefined ? [args[0]] : []
  })
}

/** The existing paths that a pattern matches, sorted by bytes. */
async function expand(pattern: string): Promise<string[]> {
  let found = ['/']
  let patternSeen = false
  for (const segment of pattern.split('/').filter((part) => part !== '')) {
    if (!isPattern(segment)) {
      const next = found.map((path) => join(path, segment))
      found = patternSeen ? await existing(next) : next
      continue
    }
    patternSeen = true
    const matches = globMatcher(segment)
    const next = found.map(async (path) => (await entries(path)).filter((name) => matches(name)).map((name) => join(path, name)))
    found = (await Promise.all(next)).flat()
  }
  return found.toSorted(byBytes)
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const present = await Promise.all(paths.map((path) => access(path).then(() => true, () => false)))
  return paths.filter((_, index) => present[index])
}

/** glob(3) passes over directories that are missing or closed to us, and so must this. */
async function entries(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(systemCodeOf(error) ?? '')) return []
    throw error
  }
}
