import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { glob } from 'node:fs/promises'

export interface Traced {
  /** Files of the checkout, relative to its root, sorted. */
  readonly files: readonly string[]
  /** Names of the npm packages that they import, sorted. */
  readonly packages: readonly string[]
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`, `import('x')`; the first group tells those of types alone. */
const IMPORTS = /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^'"`;]*?\sfrom\s+'([^']+)'|(?:^|\n)\s*import\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|import\.meta\.resolve\(\s*'([^']+)'/g

/**
 * Everything that `main` needs at run time: the modules it imports, at once or later, and beside them every other file
 * of its top-level folder (pages, programs), since those are opened by name.
 */
export async function traceFrom(root: string, main: string): Promise<Traced> {
  const modules = new Set([main])
  const packages = new Set<string>()
  for (const module of modules) {
    const text = await readFile(join(root, module), 'utf8')
    for (const [, types, from, bare, later, resolved] of text.matchAll(IMPORTS)) {
      const name = from ?? bare ?? later ?? resolved
      if (types !== undefined || name === undefined || name.startsWith('node:')) continue
      if (name.startsWith('.')) modules.add(known(root, relative(root, join(root, dirname(module), name)), module))
      else packages.add(packageOf(name))
    }
  }
  const folders = new Set([...modules].map((path) => path.slice(0, path.indexOf('/'))))
  const files = new Set(modules)
  for (const folder of folders) for await (const file of glob(`${folder}/**/*.*`, { cwd: root })) if (!file.endsWith('.ts')) files.add(file)
  return { files: [...files].toSorted(), packages: [...packages].toSorted() }
}

function known(root: string, path: string, importer: string): string {
  if (!existsSync(join(root, path))) throw new Error(`${importer} imports ${path}, which is not there`)
  return path
}

function packageOf(name: string): string {
  return name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/')
}
