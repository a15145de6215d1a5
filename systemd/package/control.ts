import type { Arch } from './node-runtime.ts'
import type { Product } from './products.ts'

/** What Node itself is linked against (Debian 12's names; the versions are those that its binary asks for). */
const NODE_NEEDS = ['libc6 (>= 2.28)', 'libgcc-s1 (>= 3.4)', 'libstdc++6 (>= 9)']

export function controlOf({ program, summary, description, depends, recommends, suggests }: Product, version: string, arch: Arch, maintainer: string): Record<string, string> {
  const list = (name: string, packages: readonly string[]) => (packages.length === 0 ? {} : { [name]: packages.join(', ') })
  return {
    Package: program.command,
    Version: version,
    Architecture: arch,
    Maintainer: maintainer,
    Section: 'admin',
    Priority: 'optional',
    ...list('Depends', [...depends, ...NODE_NEEDS, 'systemd (>= 249)']),
    ...list('Recommends', recommends),
    ...list('Suggests', suggests),
    Description: `${summary}\n ${description.join('\n ')}`,
  }
}
