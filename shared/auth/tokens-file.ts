import { open } from 'node:fs/promises'
import { parseConfig } from '../config/load.ts'
import { Type, type StaticDecode } from '../config/types.ts'
import { messageOf, systemCodeOf } from '../errors/problem.ts'
import { ROLES } from './role.ts'
import { TOKEN_NAME } from './token.ts'

const INSTANT = '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$'
const Instant = (description: string) => Type.Optional(Type.String({ description, pattern: INSTANT }))

const grant = {
  role: Type.Enum(ROLES, { description: 'What it may do.' }),
  services: Type.Optional(Type.Array(Type.String(), { description: 'The only services it may see and change. Default: all.', minItems: 1 })),
  expires: Instant('Refused from then on, RFC 3339.'),
  revoked: Instant('Refused, whatever the time: when it was revoked, RFC 3339.'),
}

const Token = Type.Object(
  {
    hash: Type.Optional(Type.String({ description: '`sha256:` and the SHA-256 of the bearer token, hex.', pattern: '^sha256:[0-9a-f]{64}$' })),
    signing_key: Type.Optional(Type.String({ description: 'The secret of signed calls, as it is: signatures cannot be checked with a hash.', minLength: 32, maxLength: 64 })),
    created: Instant('When it was made, RFC 3339.'),
    ...grant,
  },
  { additionalProperties: false, description: 'A token; its name is in the journal. Lower-case letters, digits and `-`, a letter first, at most 32 characters.' },
)

const Certificate = Type.Object(grant, { additionalProperties: false, description: 'A client certificate, by a DNS name or the common name it carries.' })

/** `/etc/greenroom/tokens.toml`. */
export const TokensFileSchema = Type.Object(
  {
    tokens: Type.Record(Type.String({ pattern: TOKEN_NAME.source }), Token, { description: 'Tokens, by name.', default: {} }),
    certificates: Type.Record(Type.String(), Certificate, { description: 'Client certificates, by name.', default: {} }),
  },
  { additionalProperties: false, title: 'tokens.toml' },
)

export type TokensFile = StaticDecode<typeof TokensFileSchema>
export type TokenEntry = TokensFile['tokens'][string]
export type CertificateEntry = TokensFile['certificates'][string]

/** The tokens file cannot be used; `message` names the file and the fix. */
export class TokensFileError extends Error {
  override readonly name = 'TokensFileError'
  readonly file: string

  constructor(file: string, what: string, cause?: unknown) {
    super(what, { cause })
    this.file = file
  }
}

/** Checks the text; throws TokensFileError with all faults. Never quotes a value: they are secrets. */
export function parseTokens(file: string, text: string): TokensFile {
  let tokens: TokensFile
  try {
    tokens = parseConfig(TokensFileSchema, text, file)
  } catch (error) {
    throw new TokensFileError(file, messageOf(error), error)
  }
  for (const [name, entry] of [...Object.entries(tokens.tokens), ...Object.entries(tokens.certificates)]) {
    if (entry.expires !== undefined && Number.isNaN(Date.parse(entry.expires))) {
      throw new TokensFileError(file, `${file}: ${name}: expires = "${entry.expires}" is not a day of the calendar`)
    }
  }
  for (const [name, token] of Object.entries(tokens.tokens)) {
    if (!TOKEN_NAME.test(name)) throw new TokensFileError(file, `${file}: tokens.${name}: a name has lower-case letters, digits and "-", a letter first, at most 32 characters`)
    if (token.hash === undefined && token.signing_key === undefined) {
      throw new TokensFileError(file, `${file}: tokens.${name} has neither hash nor signing_key: no call could use it. Remove it, or make it anew with "token create"`)
    }
  }
  return tokens
}

/** Text of the file, and what tells one version of it from another. A missing file is an empty one. */
export async function readTokensText(file: string): Promise<{ text: string; version: string }> {
  let handle
  try {
    handle = await open(file, 'r')
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return { text: '', version: 'absent' }
    throw new TokensFileError(file, `${file} cannot be read: ${messageOf(error)}. The user of the daemon must own it`, error)
  }
  try {
    // One open file for all three questions: a replacement in between cannot mix two versions.
    const facts = await handle.stat({ bigint: true })
    if (!facts.isFile()) throw new TokensFileError(file, `${file} is not a file`)
    if ((facts.mode & 0o077n) !== 0n) {
      throw new TokensFileError(file, `${file} can be read or written by others than its owner (mode 0${(facts.mode & 0o777n).toString(8)}); it is not used. Run: chmod 600 ${file}`)
    }
    return { text: await handle.readFile('utf8'), version: versionOf(facts) }
  } finally {
    await handle.close()
  }
}

export function versionOf(facts: { readonly [fact in 'ino' | 'size' | 'mtimeNs' | 'ctimeNs' | 'mode']: bigint }): string {
  return [facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs, facts.mode].join(' ')
}
