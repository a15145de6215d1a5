import type { ApiProblem } from './api-problem.ts'
import type { Target } from './target.ts'

/** What to type next about a credential that was not taken; null for problems of another kind. */
export function credentialHints({ program: { command, noun }, token, cert }: Target, { document, headers }: ApiProblem): string[] | null {
  switch (document.code) {
    case 'unauthenticated':
      return token === undefined && cert === undefined
        ? ['no credential was sent: pass a token with --token-file FILE or in GREENROOM_TOKEN']
        : [`what the credentials are worth, on the ${noun}’s host: ${command} token list`]
    case 'forbidden':
      return [`on the ${noun}’s host, what the credential may do: ${command} token list`]
    case 'too_many_failures': {
      const seconds = headers['retry-after']
      return seconds === undefined ? [] : [`wait ${seconds} s, then come with a valid credential; the unix socket on the ${noun}’s host needs none`]
    }
    default:
      return null
  }
}
