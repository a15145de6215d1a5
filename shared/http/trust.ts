import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { messageOf } from '../errors/problem.ts'

let system: SecureContext | undefined

/**
 * The certificate authorities that a TLS server must chain to: those in the PEM file `caFile`, else the system's.
 * Throws an Error that names the file when it cannot be read or holds no certificate.
 */
export async function readTrust(caFile?: string): Promise<SecureContext> {
  if (caFile === undefined) {
    // Parsing the hundreds of certificates of a system takes about 30 ms: once per process, when first needed.
    system ??= createSecureContext(systemAuthorities())
    return system
  }
  try {
    const ca = await readFile(caFile, 'utf8')
    // createSecureContext takes any text and then trusts nobody; this is the check that it is a certificate.
    void new X509Certificate(ca)
    return createSecureContext({ ca })
  } catch (error) {
    throw new Error(`the CA file ${caFile} cannot be used: ${messageOf(error)}`, { cause: error })
  }
}

/** Node brings a list of its own, which knows nothing of a company's CA in /etc/ssl; used only where the system has none. */
function systemAuthorities() {
  const ca = getCACertificates('system')
  return ca.length > 0 ? { ca } : {}
}
