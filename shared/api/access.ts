import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Identity } from '../auth/role.ts'
import { SCHEME } from '../auth/signed-call.ts'
import type { Daemon } from '../daemon.ts'
import { apiErrors } from '../errors/api-errors.ts'
import { Problem } from '../errors/problem.ts'
import { CredentialRefused, type CredentialFailure, type Credentials } from './authenticate.ts'
import { decodeBody } from './body.ts'
import { limitFailures } from './failures.ts'
import { rolesThatMay, type Permissions } from './permissions.ts'
import { isChange } from './request.ts'

/** Who may do what, as the daemon has it. */
export interface AccessRules {
  readonly permissions: Permissions
  /** Whether this credential may make this call, beside what its role may. Throws Problem `forbidden`. */
  readonly limit: (identity: Identity, request: FastifyRequest) => void
  readonly onCredentialFailure: (failure: CredentialFailure) => void
}

/** Lets only callers pass that may make the call. A route without `permission` in its config is open. */
export async function controlAccess(app: FastifyInstance, daemon: Daemon, credentials: Credentials, rules: AccessRules): Promise<void> {
  const countFailure = await limitFailures(app)

  const identify = async (request: FastifyRequest, body: Buffer | null) => {
    try {
      return await credentials.identify(request, body)
    } catch (error) {
      if (!(error instanceof CredentialRefused)) throw error
      rules.onCredentialFailure(error.failure)
      const wait = await countFailure(request)
      if (wait === null) throw new Problem(apiErrors.unauthenticated, error.message, { reason: error.failure })
      throw new Problem(apiErrors.tooManyFailures, `${error.message}. Too many failed credentials came from this address: wait ${wait} s`, {
        reason: error.failure,
        retry_after_s: wait,
      })
    }
  }

  const authorise = (request: FastifyRequest, identity: Identity, permission: string) => {
    // Set before the refusal, so that the journal names who was refused.
    request.identity = identity
    if (!rules.permissions[identity.role].includes(permission)) {
      const roles = rolesThatMay(rules.permissions, permission).join(', ')
      throw new Problem(apiErrors.forbidden, `${identity.actor} has role ${identity.role}, which may not do this (${permission}); these may: ${roles}`)
    }
    rules.limit(identity, request)
    if (isChange(request)) refuseOtherSites(request, daemon)
  }

  app.addHook('onRequest', async (request) => {
    const { permission } = request.routeOptions.config
    if (permission === undefined) return
    const identity = await identify(request, null)
    if (identity !== null) authorise(request, identity, permission)
  })

  app.addHook('preValidation', async (request) => {
    const { permission } = request.routeOptions.config
    if (permission === undefined) return
    if (request.identity === null) {
      const identity = await identify(request, request.rawBody)
      if (identity === null) throw new Problem(apiErrors.unauthenticated, 'No valid credential came with the request')
      authorise(request, identity, permission)
    }
    request.body = decodeBody(request)
  })
}

/** Which schemes would be taken, for the WWW-Authenticate header of a 401. */
export const CHALLENGE = `Bearer realm="greenroom", ${SCHEME} realm="greenroom"`

/**
 * A browser sends its user's client certificate along with whatever request any page makes, and a switch needs no more
 * than a POST; but it also says which page asked. Programs send neither header.
 */
function refuseOtherSites({ headers }: FastifyRequest, { noun }: Daemon): void {
  const { origin, host } = headers
  const site = headers['sec-fetch-site'] ?? 'none'
  const own = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)
  if (own && (site === 'none' || site === 'same-origin')) return
  throw new Problem(apiErrors.forbidden, `A page of another site asked for this change: a browser may ask for one only from a page of the ${noun} itself`)
}
