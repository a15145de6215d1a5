import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { plain, type Output, type Terminal } from '../../shared/cli/terminal.ts'
import { controlOf } from './control.ts'
import { copyright } from './copyright.ts'
import { buildDeb, type Compression } from './deb.ts'
import { commandPage } from './man/command-page.ts'
import { configManual } from './man/config-page.ts'
import { nodeRuntime, RUNTIMES, type Arch } from './node-runtime.ts'
import { closureOf, readLock, type LockedPackage } from './npm-closure.ts'
import type { Product } from './products.ts'
import { sbom } from './sbom.ts'
import { traceFrom } from './trace.ts'
import { PackageTree } from './tree.ts'
import { wantedFile } from './wanted-file.ts'

export interface BuildOptions {
  /** Of the checkout. */
  readonly root: string
  readonly out: string
  readonly version: string
  readonly arch: Arch
  readonly epoch: number
  readonly maintainer: string
  readonly compression: Compression
  /** Where a Node of another architecture is kept. */
  readonly cache: string
}

export interface Built {
  readonly deb: string
  readonly sbom: string
  readonly bytes: number
}

/** Builds one package and its list of parts. */
export async function buildPackage(product: Product, options: BuildOptions): Promise<Built> {
  const { root, out, version, arch, epoch, maintainer, compression, cache } = options
  const { command, noun } = product.program
  const lock = await readLock(root)
  const traced = await traceFrom(root, product.main)
  const packages = closureOf(lock, traced.packages)
  const runtime = await nodeRuntime(root, lock, arch, cache)
  const staging = await mkdtemp(join(tmpdir(), `${command}.`))
  try {
    const tree = new PackageTree(staging)
    const home = `usr/lib/${command}`
    await tree.copy(join(runtime, 'bin/node'), `${home}/bin/node`, 0o755)
    for (const file of traced.files) await tree.copy(join(root, file), `${home}/${file}`)
    for (const { path } of packages) await tree.copyAll(join(root, path), `${home}/${path}`, wantedFile)
    // The version is read from it, and that its modules are modules.
    await tree.write(`${home}/package.json`, `${JSON.stringify({ name: command, version, private: true, license: 'MIT', type: 'module' }, null, 2)}\n`)
    await tree.write(`usr/bin/${command}`, `#!/bin/sh\nexec /usr/lib/${command}/bin/node /usr/lib/${command}/${product.main} "$@"\n`, 0o755)
    const systemd = join(root, 'systemd')
    for (const unit of product.units) await tree.copy(join(systemd, 'units', unit), `lib/systemd/system/${unit}`)
    await tree.copy(join(systemd, 'sysusers', `${command}.conf`), `usr/lib/sysusers.d/${command}.conf`)
    await tree.copy(join(systemd, 'tmpfiles', `${command}.conf`), `usr/lib/tmpfiles.d/${command}.conf`)
    for (const program of product.programs) await tree.copy(join(systemd, 'programs', program), `${home}/${program}`, 0o755)
    for (const rules of product.polkit) await tree.copy(join(systemd, 'polkit', rules), `usr/share/polkit-1/rules.d/${rules}`)
    await documentation(tree, product, options, packages, runtime)
    await mkdir(out, { recursive: true })
    const name = `${command}_${version}_${arch}`
    const deb = join(out, `${name}.deb`)
    const scripts = Object.fromEntries(['postinst', 'prerm', 'postrm'].map((script) => [script, join(systemd, 'package/scripts', noun, script)]))
    await buildDeb({ tree, control: controlOf(product, version, arch, maintainer), scripts, epoch, compression }, deb)
    const list = join(out, `${name}.cdx.json`)
    await writeFile(list, sbom({ name: command, version, arch, packages, runtime: runtimePackage(lock, arch), epoch }))
    return { deb, sbom: list, bytes: (await stat(deb)).size }
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

async function documentation(tree: PackageTree, product: Product, { root, version, epoch, maintainer }: BuildOptions, packages: readonly LockedPackage[], runtime: string): Promise<void> {
  const { command, configFile } = product.program
  const date = new Date(epoch * 1000).toISOString().slice(0, 10)
  const config = basename(configFile)
  let completion = ''
  const collect: Output = { write: (text) => void (completion += text), isTTY: false, columns: 80, style: plain }
  const terminal: Terminal = { out: collect, err: collect, env: {}, onInterrupt: () => () => {} }
  const commands = () => product.commands({ program: product.program, terminal, now: () => new Date(epoch * 1000) })
  await tree.gzip(`usr/share/man/man1/${command}.1.gz`, commandPage({ program: commands(), config, files: product.files, date }))
  await tree.gzip(`usr/share/man/man5/${config}.5.gz`, configManual({ name: config, command, schema: product.schema, date }))
  for (const [shell, path] of [['bash', `usr/share/bash-completion/completions/${command}`], ['zsh', `usr/share/zsh/vendor-completions/_${command}`]] as const) {
    completion = ''
    await commands().parseAsync(['completion', shell], { from: 'user' })
    await tree.write(path, completion)
  }
  const doc = `usr/share/doc/${command}`
  await tree.write(`${doc}/copyright`, await copyright(root, packages, runtime))
  const day = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000')
  await tree.gzip(`${doc}/changelog.gz`, `${command} (${version}) stable; urgency=medium\n\n  * See CHANGELOG.md.gz.\n\n -- ${maintainer}  ${day}\n`)
  await tree.gzip(`${doc}/CHANGELOG.md.gz`, await readFile(join(root, 'CHANGELOG.md'), 'utf8'))
  await tree.copy(join(root, 'systemd/package/lintian', command), `usr/share/lintian/overrides/${command}`)
}

function runtimePackage(lock: Awaited<ReturnType<typeof readLock>>, arch: Arch): LockedPackage {
  const name = RUNTIMES[arch]
  const { version = '', integrity = '', license = 'unknown' } = lock[`node_modules/${name}`] ?? {}
  return { path: `node_modules/${name}`, name, version, integrity, license }
}
