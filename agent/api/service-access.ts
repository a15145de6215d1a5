import type { FastifyRequest } from 'fastify'
import type { Identity } from '../../shared/auth/role.ts'
import { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'

/** Whether a caller may see and change this service. */
export function maySee(identity: Identity | null, service: string): boolean {
  return identity !== null && (identity.services === null || identity.services.includes(service))
}

/** @throws Problem `forbidden` for a service that the credential is not for, whether it exists or not */
export function refuseUnseen(identity: Identity | null, service: string): void {
  if (maySee(identity, service)) return
  throw new Problem(errors.forbidden, `${identity?.actor} is limited to the services ${identity?.services?.join(', ')}`)
}

/** Refuses the service in a call's path, if it names one. @throws Problem `forbidden` */
export function refuseUnseenInPath(identity: Identity, request: FastifyRequest): void {
  const { service } = request.params as { service?: string }
  if (service !== undefined) refuseUnseen(identity, service)
}
