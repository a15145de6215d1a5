import { messageOf, systemCodeOf } from '../errors/problem.ts'
import { formatDuration } from '../units/duration.ts'
import { RequestTimeout, type RequestPhase } from './request.ts'

/** Why a request of `request` failed, in a few words that a person can act on. */
export function describeFailure(thrown: unknown): string {
  if (thrown instanceof RequestTimeout) return `${waitedFor[thrown.phase]} within ${formatDuration(thrown.timeout)}`
  const code = systemCodeOf(thrown) ?? ''
  const known = sentences[code]
  if (known !== undefined) return known
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `the certificate is for another name: ${messageOf(thrown)}`
  if (code.startsWith('HPE_')) return `not an HTTP answer (${messageOf(thrown)})`
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return `no TLS answer (does the server speak plain HTTP there?): ${code}`
  return messageOf(thrown) || code || 'failed without saying why'
}

const waitedFor: Readonly<Record<RequestPhase, string>> = {
  connect: 'no connection',
  tls: 'connected, but no TLS handshake',
  answer: 'connected, but no answer',
  body: 'the answer did not end',
}

const untrusted = 'the certificate comes from no trusted CA (set ca_file)'
const unreachable = 'the host cannot be reached'

const sentences: Readonly<Record<string, string | undefined>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed before the answer was complete',
  EPIPE: 'the connection was closed before the answer was complete',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up (does DNS work?)',
  ETIMEDOUT: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  HPE_HEADER_OVERFLOW: 'the headers of the answer are too large',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet (is the clock right?)',
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
}
