import { setTimeout as delay } from 'node:timers/promises'
import { stringify } from 'smol-toml'
import { messageOf } from '../errors/problem.ts'
import { replaceFile } from '../files/atomic.ts'
import { acquireLock, LockHeld, type Lock } from '../files/lock.ts'
import type { Role } from './role.ts'
import { createSigningKey, createToken, hashToken, TOKEN_NAME } from './token.ts'
import { parseTokens, readTokensText, TokensFileError } from './tokens-file.ts'

const LOCK_WAIT_MS = 5000

export interface NewToken {
  readonly name: string
  readonly role: Role
  readonly services?: readonly string[]
  /** Lifetime in ms; none: it does not expire. */
  readonly expires_in_ms?: number
  /** A secret for signed calls instead of a bearer token. */
  readonly signing?: boolean
}

/** What may be shown of a token. */
export interface TokenSummary {
  readonly name: string
  readonly kind: 'bearer' | 'signing' | 'certificate'
  readonly role: Role
  readonly services: readonly string[] | null
  readonly created: string | null
  readonly expires: string | null
  readonly state: 'valid' | 'expired' | 'revoked'
}

/** Adds a token to the file (mode 0600) and answers with the secret, which is kept nowhere else. Throws TokensFileError. */
export async function addToken(file: string, token: NewToken, now: Date = new Date()): Promise<string> {
  if (!TOKEN_NAME.test(token.name)) {
    const shape = 'lower-case letters, digits and "-", a letter first, at most 32 characters'
    throw new TokensFileError(file, `"${token.name}" cannot name a token: ${shape}`)
  }
  const secret = token.signing === true ? createSigningKey() : createToken(token.name)
  await edit(file, (text) => {
    if (Object.hasOwn(parseTokens(file, text).tokens, token.name)) {
      const what = `${file} has a token named "${token.name}" already`
      throw new TokensFileError(file, `${what}; choose another name, so that the journal tells them apart`)
    }
    const entry = {
      ...(token.signing === true ? { signing_key: secret } : { hash: hashToken(secret) }),
      role: token.role,
      ...(token.services === undefined ? {} : { services: [...token.services] }),
      created: now.toISOString(),
      ...(token.expires_in_ms === undefined ? {} : { expires: new Date(now.getTime() + token.expires_in_ms).toISOString() }),
    }
    const before = text === '' || text.endsWith('\n') ? text : `${text}\n`
    return `${before}${before === '' ? '' : '\n'}${stringify({ tokens: { [token.name]: entry } }).trim()}\n`
  })
  return secret
}

/** Marks a token revoked; running daemons refuse it within a quarter of a second. Throws TokensFileError. */
export async function revokeToken(file: string, name: string, now: Date = new Date()): Promise<void> {
  await edit(file, (text) => {
    const tokens = parseTokens(file, text).tokens
    const token = Object.hasOwn(tokens, name) ? tokens[name] : undefined
    if (token === undefined) throw new TokensFileError(file, `${file} has no token named "${name}"; "token list" shows those it has`)
    if (token.revoked !== undefined) return text
    const line = `revoked = "${now.toISOString()}"`
    // Edited as text, so that comments and order of a file kept by hand stay.
    const edited = text.replace(new RegExp(`^[ \\t]*\\[tokens\\.${name}\\][^\\n]*$`, 'm'), (header) => `${header}\n${line}`)
    if (edited !== text) return edited
    throw new TokensFileError(file, `${file}: there is no line "[tokens.${name}]" to write under; add ${line} to this token by hand`)
  })
}

interface Entry {
  readonly role: Role
  readonly services?: readonly string[]
  readonly created?: string
  readonly expires?: string
  readonly revoked?: string
}

/** All tokens and certificate names of the file, without their secrets. Throws TokensFileError. */
export async function listTokens(file: string, now: Date = new Date()): Promise<TokenSummary[]> {
  const { tokens, certificates } = parseTokens(file, (await readTokensText(file)).text)
  const summary = (name: string, kind: TokenSummary['kind'], entry: Entry): TokenSummary => ({
    name,
    kind,
    role: entry.role,
    services: entry.services ?? null,
    created: entry.created ?? null,
    expires: entry.expires ?? null,
    state: stateOf(entry, now.getTime()),
  })
  return [
    ...Object.entries(tokens).map(([name, token]) => summary(name, token.hash === undefined ? 'signing' : 'bearer', token)),
    ...Object.entries(certificates).map(([name, certificate]) => summary(name, 'certificate', certificate)),
  ]
}

/** Whether a credential may be used now (ms since the epoch). */
export function stateOf(entry: { readonly expires?: string; readonly revoked?: string }, now: number): TokenSummary['state'] {
  if (entry.revoked !== undefined) return 'revoked'
  return entry.expires !== undefined && now >= Date.parse(entry.expires) ? 'expired' : 'valid'
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  try {
    await using _lock = await lockFor(file)
    await replaceFile(file, change((await readTokensText(file)).text), { mode: 0o600 })
  } catch (error) {
    if (error instanceof TokensFileError) throw error
    throw new TokensFileError(file, `${file} was not changed: ${messageOf(error)}`, error)
  }
}

/** Two commands at the same time must not lose each other’s tokens, least of all a revocation. */
async function lockFor(file: string): Promise<Lock> {
  const end = performance.now() + LOCK_WAIT_MS
  for (;;) {
    try {
      return await acquireLock(`${file}.lock`)
    } catch (error) {
      if (!(error instanceof LockHeld) || performance.now() > end) throw error
      await delay(20)
    }
  }
}
