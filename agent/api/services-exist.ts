import type { FastifyInstance } from 'fastify'
import { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import type { Switching } from '../switching/contract.ts'
import { maySee } from './service-access.ts'

/** Refuses a service that does not exist before its body is looked at, with the names of those that do. */
export function refuseUnknownServices(app: FastifyInstance, switching: Switching): void {
  app.addHook('preValidation', async (request) => {
    const { service: wanted } = request.params as { service?: string }
    if (wanted === undefined) return
    const names = switching.services().map(({ name }) => name).filter((name) => maySee(request.identity, name))
    if (names.includes(wanted)) return
    const shown = JSON.stringify(wanted.slice(0, 40))
    throw new Problem(errors.serviceUnknown, `There is no service ${shown}; there are: ${names.join(', ') || 'none'}`)
  })
}
