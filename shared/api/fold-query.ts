import type { FastifyRequest } from 'fastify'
import { apiErrors } from '../errors/api-errors.ts'
import { Problem } from '../errors/problem.ts'

/**
 * Members may stand in the query instead of the body (`?to=green`), so that a switch needs no body. A member twice, in
 * the query or in both, is refused: which one was meant is not ours to guess.
 */
export async function foldQuery(request: FastifyRequest): Promise<void> {
  const query = Object.entries(request.query as Record<string, string | string[]>)
  const { body } = request
  if (query.length === 0) {
    if (body === undefined) request.body = {}
    return
  }
  if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body))) return
  const members = new Map(Object.entries(body ?? {}))
  for (const [name, value] of query) {
    if (members.has(name) || Array.isArray(value)) {
      throw new Problem(apiErrors.requestInvalid, `query.${name.slice(0, 60)}: is given twice; give it once, in the body or in the query`)
    }
    members.set(name, value === 'true' ? true : value === 'false' ? false : value)
  }
  // Object.fromEntries makes an own member of `__proto__` too, which the schema then refuses.
  request.body = Object.fromEntries(members)
}
