import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { PackageTree } from './tree.ts'

export type Compression = 'xz' | 'none'

export interface Deb {
  readonly tree: PackageTree
  readonly control: Readonly<Record<string, string>>
  /** Maintainer scripts by name: `postinst`. */
  readonly scripts: Readonly<Record<string, string>>
  /** Seconds: when the source was committed. */
  readonly epoch: number
  readonly compression: Compression
}

/** Builds the package with Debian's own dpkg-deb, twice the same from the same tree. */
export async function buildDeb({ tree, control, scripts, epoch, compression }: Deb, target: string): Promise<void> {
  const files = await tree.files()
  const sums: string[] = []
  let bytes = 0
  for (const file of files) {
    const content = await tree.read(file)
    bytes += content.length
    sums.push(`${createHash('md5').update(content).digest('hex')}  ${file}\n`)
  }
  const fields = { ...control, 'Installed-Size': String(Math.ceil(bytes / 1024)) }
  await tree.write('DEBIAN/control', Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`).join(''))
  await tree.write('DEBIAN/md5sums', sums.join(''))
  for (const [name, path] of Object.entries(scripts)) await tree.write(`DEBIAN/${name}`, await readFile(path), 0o755)
  await tree.setTimes(epoch)
  // One thread: with several, xz cuts its blocks by their number.
  await execa('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '--threads-max=1', '--build', tree.root, target], { env: { SOURCE_DATE_EPOCH: String(epoch) } })
  await rm(join(tree.root, 'DEBIAN'), { recursive: true })
}
