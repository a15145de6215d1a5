import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Lower-case letters, digits and `-`: no `_`, which ends the name inside a token. */
export const TOKEN_NAME = /^[a-z][a-z0-9-]{0,31}$/

/** A bearer token: `gr_<name>_` and 256 random bits. The name makes it findable in a file; only the whole is a secret. */
export function createToken(name: string): string {
  return `gr_${name}_${randomBytes(32).toString('base64url')}`
}

/** A secret for signed calls: short enough for one block of HMAC-SHA256, so that it can be keyed with any tool. */
export function createSigningKey(): string {
  return `grs_${randomBytes(32).toString('base64url')}`
}

/** The name inside a token; null when the text has not the shape of one. */
export function nameInToken(token: string): string | null {
  const name = /^gr_([a-z][a-z0-9-]{0,31})_[A-Za-z0-9_-]{43}$/.exec(token)?.[1]
  return name ?? null
}

/** What the tokens file keeps. One round of SHA-256 is enough: a token has 256 bits of chance, no dictionary holds it. */
export function hashToken(token: string): string {
  return `sha256:${createHash('sha256').update(token).digest('hex')}`
}

// Compared when there is no such token, so that the time taken does not tell which names exist.
const NOBODY = hashToken(createToken('nobody'))

/** Whether the token is the one with this hash; takes as long for any answer. Without a hash: never. */
export function tokenMatches(token: string, hash: string | undefined): boolean {
  const equal = timingSafeEqual(Buffer.from(hashToken(token)), Buffer.from(hash ?? NOBODY))
  return equal && hash !== undefined
}
