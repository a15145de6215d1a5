import { homedir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { version as currentVersion } from '../../shared/version.ts'
import { buildPackage } from './build.ts'
import type { Compression } from './deb.ts'
import type { Arch } from './node-runtime.ts'
import { products } from './products.ts'

// npm run package [-- --arch amd64|arm64 --out DIR --version V --compression xz|none --only NAME]
const root = join(import.meta.dirname, '../..')
const { values } = parseArgs({
  options: {
    arch: { type: 'string', default: process.arch === 'arm64' ? 'arm64' : 'amd64' },
    out: { type: 'string', default: join(root, 'dist') },
    version: { type: 'string', default: currentVersion() },
    compression: { type: 'string', default: 'xz' },
    only: { type: 'string' },
    maintainer: { type: 'string', default: 'Greenroom maintainers <maintainers@greenroom.example.org>' },
  },
})
if (!['amd64', 'arm64'].includes(values.arch)) throw new Error(`--arch ${values.arch}: amd64 or arm64`)
if (!['xz', 'none'].includes(values.compression)) throw new Error(`--compression ${values.compression}: xz or none`)

for (const product of products) {
  const { command } = product.program
  if (values.only !== undefined && values.only !== command) continue
  const { deb, sbom, bytes } = await buildPackage(product, {
    root,
    out: values.out,
    version: values.version,
    arch: values.arch as Arch,
    epoch: await epoch(),
    maintainer: values.maintainer,
    compression: values.compression as Compression,
    cache: join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'greenroom', 'node'),
  })
  process.stdout.write(`${relative(process.cwd(), deb)}  ${(bytes / 1e6).toFixed(1)} MB  (${relative(process.cwd(), sbom)})\n`)
}

/** When what is packaged was committed: the same source gives the same package, whenever and wherever it is built. */
async function epoch(): Promise<number> {
  const given = process.env['SOURCE_DATE_EPOCH']
  if (given !== undefined) return Number(given)
  const { stdout } = await execa('git', ['-C', root, 'log', '-1', '--format=%ct'])
  return Number(stdout)
}
