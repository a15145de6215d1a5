import type { X509Certificate } from 'node:crypto'

/**
 * The first of these names that a verified client certificate carries: as a DNS name, or as the common name of its
 * subject. A wildcard in the certificate stands for no name. Undefined when it carries none.
 */
export function certificateName(certificate: X509Certificate, names: Iterable<string>): string | undefined {
  const commonName = commonNameOf(certificate)
  for (const name of names) {
    // The library compares, not a parser of ours over the printed names: those can be made to look like two.
    if (certificate.checkHost(name, { subject: 'never', wildcards: false }) !== undefined) return name
    if (commonName === name) return name
  }
  return undefined
}

function commonNameOf(certificate: X509Certificate): string | undefined {
  const name: unknown = certificate.toLegacyObject().subject?.CN
  return typeof name === 'string' ? name : undefined
}
