import { TLSSocket } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import type { FastifyRequest } from 'fastify'
import { certificateName } from '../auth/certificate.ts'
import { stateOf } from '../auth/manage-tokens.ts'
import type { ReplayGuard } from '../auth/replay.ts'
import type { Identity, Role } from '../auth/role.ts'
import { parseSignature, SCHEME, signatureMatches, splitOnce, WINDOW_S } from '../auth/signed-call.ts'
import type { TokenStore } from '../auth/token-store.ts'
import { nameInToken, tokenMatches } from '../auth/token.ts'
import type { Daemon } from '../daemon.ts'
import { messageOf, Problem } from '../errors/problem.ts'
import { storageFix } from '../files/storage-fix.ts'
import { cameOverUnixSocket, countOf } from './request.ts'

/** Why a credential was not taken; the label of a metric. */
export type CredentialFailure = 'missing' | 'malformed' | 'unknown' | 'revoked' | 'expired' | 'clock' | 'old' | 'replayed' | 'certificate'

/** No valid credential; `message` says what to do and quotes nothing of what was sent. */
export class CredentialRefused extends Error {
  override readonly name = 'CredentialRefused'
  readonly failure: CredentialFailure

  constructor(failure: CredentialFailure, message: string) {
    super(message)
    this.failure = failure
  }
}

export interface Credentials {
  /**
   * Who calls. Answers null for a signed call whose body has not been read yet (`body` null); throws CredentialRefused.
   * A header that is present decides alone: a wrong token is not saved by a certificate.
   */
  identify(request: FastifyRequest, body: Buffer | null): Promise<Identity | null>
  /** Whether what was verified earlier would still be, with the same role and services: for streams that outlive their request. */
  stillValid(identity: Identity): Promise<boolean>
}

interface Grant {
  readonly role: Role
  readonly services?: string[]
  readonly expires?: string
  readonly revoked?: string
}

/** `now` in ms since the epoch. */
export function createCredentials({ command, noun, errors }: Daemon, store: TokenStore, replays: ReplayGuard, now: () => number = Date.now): Credentials {
  const granted = (actor: string, grant: Grant): Identity => {
    const state = stateOf(grant, now())
    if (state !== 'valid') {
      throw new CredentialRefused(state, `The credential ${actor} is ${state}; ask for a new one (${command} token create)`)
    }
    return { actor, role: grant.role, services: grant.services ?? null }
  }

  const bearer = async (token: string) => {
    const name = nameInToken(token)
    if (name === null) {
      throw new CredentialRefused('malformed', 'The bearer token has not the shape gr_<name>_<43 characters>; was it cut?')
    }
    const entry = own((await store.current()).tokens, name)
    if (!tokenMatches(token, entry?.hash) || entry === undefined) throw new CredentialRefused('unknown', 'The bearer token is not known here')
    return granted(`token:${name}`, entry)
  }

  const signed = async (request: FastifyRequest, authorization: string, body: Buffer | null) => {
    const given = parseSignature(authorization)
    if (given === null) {
      throw new CredentialRefused(
        'malformed',
        `The Authorization header must be: ${SCHEME} key=<name>,timestamp=<unix seconds>,nonce=<16 to 64 of A-Z a-z 0-9 _ ->,signature=<64 hex digits>`,
      )
    }
    if (body === null) return null
    const entry = own((await store.current()).tokens, given.key)
    const parts = { method: request.method, target: request.raw.url ?? '', body }
    if (!signatureMatches(given, entry?.signing_key, parts) || entry === undefined) {
      throw new CredentialRefused(
        'unknown',
        'The signature does not match: check name and secret, and that method, path with query, and body are signed as they are sent',
      )
    }
    const identity = granted(`token:${given.key}`, entry)
    const stale = await replays.take(given.key, given.nonce, given.timestamp).catch((error: unknown) => {
      throw new Problem(errors.storageFailed, `The call was not taken: its time cannot be noted against replay (${messageOf(error)}). To go on, ${storageFix(error, noun)}.`, {}, error)
    })
    if (stale === null) return identity
    const clock = new Date(now()).toISOString()
    const floor = replays.floorOf(given.key) * 1000
    const why = {
      clock: `The call was signed more than ${WINDOW_S} s away from this host's clock, which says ${clock}; compare the clocks (timedatectl)`,
      old:
        floor > now()
          ? `This host has taken calls that were signed until ${new Date(floor).toISOString()}, and its clock, which says ${clock}, is not past that: a clock was set back. Until then use a bearer token or the unix socket`
          : `The call is not newer than calls that this host no longer remembers; sign it again. This host's clock says ${clock}`,
      replayed: 'The nonce was used before: sign each call anew',
    }[stale]
    throw new CredentialRefused(stale, why)
  }

  const certificate = async (socket: TLSSocket) => {
    const shown = socket.getPeerX509Certificate()
    if (shown === undefined) return null
    // The handshake saw to its time, but connections and resumed sessions outlive it.
    if (!socket.authorized || now() > shown.validToDate.getTime()) {
      throw new CredentialRefused('certificate', 'The client certificate does not chain to api.tls.client_ca, or its time is over')
    }
    const { certificates } = await store.current()
    const name = certificateName(shown, Object.keys(certificates))
    const entry = name === undefined ? undefined : certificates[name]
    if (name === undefined || entry === undefined) {
      throw new CredentialRefused('certificate', 'No name of the client certificate stands under [certificates] in the tokens file')
    }
    return granted(`certificate:${name}`, entry)
  }

  return {
    async identify(request, body) {
      if (cameOverUnixSocket(request.raw)) return { actor: 'socket', role: 'admin', services: null }
      if (countOf(request.raw, 'authorization') > 1) {
        throw new CredentialRefused('malformed', 'There is more than one Authorization header')
      }
      const { authorization } = request.headers
      if (authorization !== undefined) {
        const [scheme, rest] = splitOnce(authorization)
        if (scheme.toLowerCase() === 'bearer') return bearer(rest)
        if (scheme.toLowerCase() === SCHEME.toLowerCase()) return signed(request, authorization, body)
        throw new CredentialRefused('malformed', `The Authorization header is neither "Bearer <token>" nor "${SCHEME} …"`)
      }
      const identity = request.raw.socket instanceof TLSSocket ? await certificate(request.raw.socket) : null
      if (identity !== null) return identity
      throw new CredentialRefused(
        'missing',
        `Send "Authorization: Bearer <token>" (${command} token create makes one), a signed call, or a client certificate; or use the unix socket`,
      )
    },
    async stillValid({ actor, role, services }) {
      const [kind, name = ''] = actor.split(/:(.*)/s)
      if (kind === 'socket') return true
      const { tokens, certificates } = await store.current()
      const entry: Grant | undefined = own<Grant>(kind === 'token' ? tokens : certificates, name)
      return entry !== undefined && stateOf(entry, now()) === 'valid' && entry.role === role && isDeepStrictEqual(entry.services ?? null, services)
    },
  }
}

/** A member that the object has itself: `constructor` is nobody's token. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
