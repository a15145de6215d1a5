import type { LockedPackage } from './npm-closure.ts'

export interface SbomOf {
  readonly name: string
  readonly version: string
  readonly arch: string
  readonly packages: readonly LockedPackage[]
  readonly runtime: LockedPackage
  readonly epoch: number
}

/** What is in a package, as CycloneDX 1.5 says it: each part with its version, licence, and the hash of what npm delivered. */
export function sbom({ name, version, arch, packages, runtime, epoch }: SbomOf): string {
  return `${JSON.stringify(
    {
      bomFormat: 'CycloneDX',
      specVersion: '1.5',
      version: 1,
      metadata: {
        timestamp: new Date(epoch * 1000).toISOString(),
        component: { type: 'application', 'bom-ref': name, name, version, purl: `pkg:deb/${name}@${version}?arch=${arch}`, licenses: [{ license: { id: 'MIT' } }] },
      },
      components: [...packages, runtime].map(component),
      dependencies: [{ ref: name, dependsOn: [...packages, runtime].map(reference) }],
    },
    null,
    2,
  )}\n`
}

function reference({ name, version }: LockedPackage): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}

function component(part: LockedPackage) {
  const hash = /^sha512-(.+)$/.exec(part.integrity)?.[1]
  return {
    type: 'library',
    'bom-ref': reference(part),
    name: part.name,
    version: part.version,
    purl: reference(part),
    licenses: /^[\w.-]+$/.test(part.license) ? [{ license: { id: part.license } }] : [{ expression: part.license }],
    ...(hash === undefined ? {} : { hashes: [{ alg: 'SHA-512', content: Buffer.from(hash, 'base64').toString('hex') }] }),
  }
}
