import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Identity } from '../../shared/auth/role.ts'
import { SCHEME } from '../../shared/auth/signed-call.ts'
import { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import type { AgentMetrics } from '../metrics.ts'
import { CredentialRefused, type Credentials } from './authenticate.ts'
import { decodeBody } from './body.ts'
import { limitFailures } from './failures.ts'
import { PERMISSIONS, rolesThatMay, type Permission } from './permissions.ts'

/** Lets only callers pass that may make the call. A route without `permission` in its config is open. */
export async function controlAccess(app: FastifyInstance, credentials: Credentials, metrics: AgentMetrics): Promise<void> {
  const countFailure = await limitFailures(app)

  const identify = async (request: FastifyRequest, body: Buffer | null) => {
    try {
      return await credentials.identify(request, body)
    } catch (error) {
      if (!(error instanceof CredentialRefused)) throw error
      metrics.credentialFailed(error.failure)
      const wait = await countFailure(request)
      if (wait === null) throw new Problem(errors.unauthenticated, error.message, { reason: error.failure })
      throw new Problem(errors.tooManyFailures, `${error.message}. Too many failed credentials came from this address: wait ${wait} s`, {
        reason: error.failure,
        retry_after_s: wait,
      })
    }
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
      if (identity === null) throw new Problem(errors.unauthenticated, 'No valid credential came with the request')
      authorise(request, identity, permission)
    }
    request.body = decodeBody(request)
  })
}

/** Which schemes would be taken, for the WWW-Authenticate header of a 401. */
export const CHALLENGE = `Bearer realm="greenroom", ${SCHEME} realm="greenroom"`

/** Whether a caller may see and change this service. */
export function maySee(identity: Identity | null, service: string): boolean {
  return identity !== null && (identity.services === null || identity.services.includes(service))
}

/** @throws Problem `forbidden` for a service that the credential is not for, whether it exists or not */
export function refuseUnseen(identity: Identity | null, service: string): void {
  if (maySee(identity, service)) return
  throw new Problem(errors.forbidden, `${identity?.actor} is limited to the services ${identity?.services?.join(', ')}`)
}

function authorise(request: FastifyRequest, identity: Identity, permission: Permission): void {
  // Set before the refusal, so that the journal names who was refused.
  request.identity = identity
  if (!PERMISSIONS[identity.role].includes(permission)) {
    const roles = rolesThatMay(permission).join(', ')
    throw new Problem(errors.forbidden, `${identity.actor} has role ${identity.role}, which may not do this (${permission}); these may: ${roles}`)
  }
  const { service } = request.params as { service?: string }
  if (service !== undefined) refuseUnseen(identity, service)
  if (permission !== 'view' && permission !== 'audit') refuseOtherSites(request)
}

/**
 * A browser sends its user's client certificate along with whatever request any page makes, and a switch needs no more
 * than a POST; but it also says which page asked. Programs send neither header.
 */
function refuseOtherSites({ headers }: FastifyRequest): void {
  const { origin, host } = headers
  const site = headers['sec-fetch-site'] ?? 'none'
  const own = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)
  if (own && (site === 'none' || site === 'same-origin')) return
  throw new Problem(errors.forbidden, 'A page of another site asked for this change: a browser may ask for one only from a page of the agent itself')
}
