import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** A certificate authority made by openssl in a directory of the test. */
export interface Authority {
  readonly ca: string
  /** Signs a certificate; paths of its files. */
  issue(name: string, options: { subject: string; altNames?: string; days?: number }): Promise<Certificate>
}

export async function certificateAuthority(directory: string, name = 'ca'): Promise<Authority> {
  const at = (file: string) => join(directory, file)
  const openssl = (...args: string[]) => execa('openssl', args, { cwd: directory })
  const ca = at(`${name}.pem`)
  await openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', ca)
  return {
    ca,
    async issue(leaf, { subject, altNames, days = 1 }) {
      const file = `${name}-${leaf}`
      await openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', subject, ...(altNames === undefined ? [] : ['-addext', `subjectAltName=${altNames}`]), '-keyout', at(`${file}.key`), '-out', at(`${file}.csr`))
      await openssl('x509', '-req', '-in', at(`${file}.csr`), '-CA', ca, '-CAkey', at(`${name}.key`), '-CAcreateserial', '-days', String(days), '-copy_extensions', 'copy', '-out', at(`${file}.pem`))
      return { cert: at(`${file}.pem`), key: at(`${file}.key`) }
    },
  }
}

/** The options of a TLS client that shows this certificate. */
export async function clientOptions(authority: Authority, certificate?: Certificate) {
  return {
    ca: await readFile(authority.ca),
    ...(certificate === undefined ? {} : { cert: await readFile(certificate.cert), key: await readFile(certificate.key) }),
  }
}
