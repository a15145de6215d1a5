import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { buildPackage } from '../../../systemd/package/build.ts'
import { products } from '../../../systemd/package/products.ts'
import type { Machine } from './machine.ts'

export const OLD = '0.1.0'
export const NEW = '0.1.1'
/** Where a machine sees the built packages. */
const INSIDE = '/packages'

type Name = 'greenroom-agent' | 'greenroom-encoder'
const arch = process.arch === 'arm64' ? 'arm64' : 'amd64'
const file = (name: string, version: string) => `${name}_${version}_${arch}.deb`

/** Builds both packages as they are and as a newer version; what is in the directory already is not built again. */
export async function buildPackages(root: string, directory: string): Promise<void> {
  // Uncompressed: they are unpacked at once, on this machine.
  const options = { root, out: directory, arch, epoch: 1_767_225_600, maintainer: 'Greenroom maintainers <maintainers@greenroom.example.org>', compression: 'none', cache: directory } as const
  for (const version of [OLD, NEW])
    for (const product of products) if (!existsSync(join(directory, file(product.program.command, version)))) await buildPackage(product, { ...options, version })
}

export const packagesBind = (directory: string): string => `${directory}:${INSIDE}`

/** Installs, upgrades or downgrades from a file, as a user would. */
export async function install({ sh }: Machine, version: string, ...names: Name[]): Promise<void> {
  await sh(`apt-get -qq -y install --no-install-recommends --allow-downgrades ${names.map((name) => `${INSIDE}/${file(name, version)}`).join(' ')} 2>&1`)
}
