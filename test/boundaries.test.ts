import { glob, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import t from 'tap'

const ROOT = join(import.meta.dirname, '..')

/** Top-level folders that a folder may import from, beside packages and Node itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  agent: ['agent', 'shared'],
  encoder: ['encoder', 'shared'],
  shared: ['shared'],
}

/** The files of a folder and what each imports by a relative path: `from '…'`, `import '…'`, `import('…')`. */
async function importsOf(folder: string): Promise<{ file: string; imports: string[] }[]> {
  const files: { file: string; imports: string[] }[] = []
  for await (const file of glob(`${folder}/**/*.ts`, { cwd: ROOT })) {
    const text = await readFile(join(ROOT, file), 'utf8')
    const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g)].map(([, path = '']) => relative(ROOT, join(ROOT, dirname(file), path)))
    files.push({ file, imports })
  }
  return files
}

t.test('agent and encoder import shared only, never each other, and shared imports neither', async (t) => {
  let seen = 0
  for (const [folder, allowed] of Object.entries(ALLOWED)) {
    for (const { file, imports } of await importsOf(folder)) {
      seen += imports.length
      const strangers = imports.filter((path) => !allowed.includes(path.split('/')[0] ?? ''))
      t.same(strangers, [], file)
    }
  }
  t.ok(seen > 100, `${seen} imports were looked at`)
})

t.test('only the edge of a program reads the environment, exits or handles signals', async (t) => {
  const edge = /^((agent|encoder)\/main\.ts|(agent|encoder|shared)\/cli\/)/
  for (const folder of Object.keys(ALLOWED)) {
    for await (const file of glob(`${folder}/**/*.ts`, { cwd: ROOT })) {
      if (edge.test(file)) continue
      const text = await readFile(join(ROOT, file), 'utf8')
      t.notMatch(text.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, ''), /\bprocess\.(env|exit|exitCode|once|on)\b/, file)
    }
  }
})
