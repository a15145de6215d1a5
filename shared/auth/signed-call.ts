import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export const SCHEME = 'Greenroom-HMAC-SHA256'
/** How far the time of a signed call may be from this host's clock. */
export const WINDOW_S = 60

/** The credential in the Authorization header of a signed call. */
export interface Signature {
  readonly key: string
  /** Unix seconds. */
  readonly timestamp: number
  readonly nonce: string
  /** Hex. */
  readonly signature: string
}

/** What a signature covers. */
export interface SignedParts {
  readonly method: string
  /** Path and query, byte for byte as sent. */
  readonly target: string
  readonly body: Uint8Array
}

const FIELDS = /^key=([a-z][a-z0-9-]{0,31}), ?timestamp=([0-9]{1,12}), ?nonce=([A-Za-z0-9_-]{16,64}), ?signature=([0-9a-f]{64})$/

/** Reads `Greenroom-HMAC-SHA256 key=…,timestamp=…,nonce=…,signature=…`; null when it is not of that shape. */
export function parseSignature(authorization: string): Signature | null {
  const [scheme, rest] = splitOnce(authorization)
  if (scheme.toLowerCase() !== SCHEME.toLowerCase()) return null
  const [, key, timestamp, nonce, signature] = FIELDS.exec(rest) ?? []
  if (key === undefined || timestamp === undefined || nonce === undefined || signature === undefined) return null
  return { key, timestamp: Number(timestamp), nonce, signature }
}

/** Scheme and parameters of an Authorization header. */
export function splitOnce(authorization: string): [scheme: string, rest: string] {
  const space = authorization.indexOf(' ')
  return space === -1 ? [authorization, ''] : [authorization.slice(0, space), authorization.slice(space + 1).trim()]
}

export function stringToSign(timestamp: number, nonce: string, parts: SignedParts): string {
  const body = createHash('sha256').update(parts.body).digest('hex')
  return `GREENROOM-HMAC-SHA256\n${timestamp}\n${nonce}\n${parts.method}\n${parts.target}\n${body}`
}

/** The hex signature; the key is the text of the signing secret. */
export function sign(signingKey: string, timestamp: number, nonce: string, parts: SignedParts): string {
  return createHmac('sha256', signingKey).update(stringToSign(timestamp, nonce, parts)).digest('hex')
}

/** The whole value of the Authorization header. */
export function signedAuthorization(name: string, signingKey: string, timestamp: number, nonce: string, parts: SignedParts): string {
  return `${SCHEME} key=${name},timestamp=${timestamp},nonce=${nonce},signature=${sign(signingKey, timestamp, nonce, parts)}`
}

/** Whether the signature was made with this key; takes as long for any answer. Without a key: never. */
export function signatureMatches(given: Signature, signingKey: string | undefined, parts: SignedParts): boolean {
  const expected = Buffer.from(sign(signingKey ?? 'no such key', given.timestamp, given.nonce, parts))
  return timingSafeEqual(expected, Buffer.from(given.signature)) && signingKey !== undefined
}
