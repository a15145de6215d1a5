import type { Fault } from '../config/fault.ts'
import { matching, type Formats } from '../config/formats.ts'
import { Named, Type, type StaticDecode } from '../config/types.ts'
import { ROLES } from './role.ts'
import { TOKEN_NAME } from './token.ts'

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/
const INSTANT_EXPECTED = 'a time such as "2026-12-31T23:59:59Z", in quotes'

/** Formats of the tokens file, beside the shared ones. */
export const tokensFormats = {
  'token-name': matching(TOKEN_NAME, 'lower-case letters, digits and "-", a letter first, at most 32 characters', 'ci'),
  'token-hash': matching(/^sha256:[0-9a-f]{64}$/, '"sha256:" and 64 hex digits, as "token create" writes it', `sha256:${'0'.repeat(64)}`),
  'signing-key': matching(/^[!-~]{32,64}$/, '32 to 64 characters without spaces, as "token create --signing" writes it', 'x'.repeat(43)),
  'certificate-name': matching(/^[^\p{Cc}.][^\p{Cc}]{0,252}$/u, 'a DNS name or common name of a certificate; names below a domain (".example") cannot be meant', 'deploy.example'),
  // A day that is not in the calendar would otherwise be a time that never comes.
  instant: { expected: INSTANT_EXPECTED, example: '2026-12-31T23:59:59Z', check: (text) => (INSTANT.test(text) && !Number.isNaN(Date.parse(text)) ? undefined : INSTANT_EXPECTED) },
} satisfies Formats

const Instant = (description: string) => Type.Optional(Type.String({ description, format: 'instant' }))

const grant = {
  role: Type.Enum(ROLES, { description: 'What it may do.' }),
  services: Type.Optional(Type.Array(Type.String(), { description: 'The only services it may see and change. Default: all.', minItems: 1 })),
  expires: Instant('Refused from then on.'),
  revoked: Instant('Refused, whatever the time: when it was revoked.'),
}

const Token = Type.Object(
  {
    hash: Type.Optional(Type.String({ description: 'SHA-256 of the bearer token.', format: 'token-hash' })),
    signing_key: Type.Optional(Type.String({ description: 'The secret of signed calls, as it is: signatures cannot be checked with a hash.', format: 'signing-key' })),
    created: Instant('When it was made.'),
    ...grant,
  },
  { additionalProperties: false, description: 'A token; its name is in the journal.' },
)

const Certificate = Type.Object(grant, { additionalProperties: false, description: 'A client certificate, by a DNS name or the common name it carries.' })

/** `/etc/greenroom/tokens.toml`. */
export const TokensFileSchema = Type.Object(
  {
    tokens: Named('token-name', Token, { description: 'Tokens, by name.', default: {} }),
    certificates: Named('certificate-name', Certificate, { description: 'Client certificates, by name.', default: {} }),
  },
  { additionalProperties: false, title: 'tokens.toml' },
)

export type TokensFile = StaticDecode<typeof TokensFileSchema>

/** A token without a secret could never be used: it is a mistake, not a wish. */
export function tokensRules({ tokens }: TokensFile): Fault[] {
  return Object.entries(tokens)
    .filter(([, { hash, signing_key }]) => hash === undefined && signing_key === undefined)
    .map(([name]) => ({ place: `tokens.${name}`, found: 'neither hash nor signing_key', expected: 'one of them: remove this token, and make it anew with "token create"' }))
}
