import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

export interface Authority {
  /** Path of its certificate. */
  readonly ca: string
  /** A certificate for these subject alternative names, such as `DNS:app.example` or `IP:127.0.0.1`; paths. */
  readonly issue: (name: string, ...names: string[]) => Promise<{ cert: string; key: string }>
}

/** A certificate authority made by openssl in the directory. */
export async function authority(directory: string): Promise<Authority> {
  const at = (name: string) => join(directory, name)
  const openssl = (...args: string[]) => execa('openssl', args, { cwd: directory })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await openssl('req', '-x509', ...key, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '2', '-subj', '/CN=Greenroom test CA')
  return {
    ca: at('ca.pem'),
    async issue(name, ...names) {
      const [request, cert, privateKey, extensions] = [at(`${name}.csr`), at(`${name}.pem`), at(`${name}.key`), at(`${name}.ext`)]
      await writeFile(extensions, `subjectAltName=${names.join(',')}\n`)
      await openssl('req', ...key, '-keyout', privateKey, '-out', request, '-subj', `/CN=${name}`)
      await openssl(
        'x509', '-req', '-in', request, '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', extensions, '-out', cert,
      )
      return { cert, key: privateKey }
    },
  }
}
