import type { TSchema } from 'typebox'
import { ref } from './problem.ts'

export const refusedAs = (description: string) => ({ description, content: { 'application/problem+json': { schema: ref('Problem') } } })
export const answeredAs = (description: string, schema: TSchema) => ({ description, content: { 'application/json': { schema } } })

/** The refusals that any call with a credential may be answered with. */
export const refusals = {
  400: refusedAs('`request_invalid`: every fault, with its place.'),
  401: refusedAs('`unauthenticated`.'),
  403: refusedAs('`forbidden`: the role does not allow the call.'),
  429: refusedAs('`too_many_failures`: wrong credentials from this address; `Retry-After` says how long.'),
}
