import type { Identity } from '../../shared/auth/role.ts'
import { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'

/** A credential limited to services was made for an agent: what it would be limited to does not exist here. @throws Problem `forbidden` */
export function refuseLimited({ actor, services }: Identity): void {
  if (services === null) return
  throw new Problem(errors.forbidden, `${actor} is limited to services (${services.join(', ')}), which the encoder does not have: make a token without them (greenroom-encoder token create)`)
}
