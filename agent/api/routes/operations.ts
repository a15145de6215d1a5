import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Identity } from '../../../shared/auth/role.ts'
import { Problem } from '../../../shared/errors/problem.ts'
import { errors } from '../../errors.ts'
import type { Switching } from '../../switching/contract.ts'
import type { Operation } from '../../switching/operation.ts'
import { maySee, refuseUnseen } from '../service-access.ts'
import { pageSize } from '../../../shared/api/page-size.ts'
import { answeredAs, refusedAs } from '../../../shared/api/schemas/answers.ts'
import { refusals } from '../schemas/calls.ts'
import { ref } from '../../../shared/api/schemas/problem.ts'

const Query = Type.Object(
  {
    service: Type.Optional(Type.String({ description: 'Only operations of this service.' })),
    limit: Type.Optional(Type.String({ description: 'a whole number from 1 to 500; default 50', pattern: '^[0-9]{1,3}$' })),
    before: Type.Optional(Type.String({ description: 'the id of the last operation of the page before', pattern: '^[0-9A-Za-z_-]{1,64}$' })),
  },
  { additionalProperties: false },
)

export function operationRoutes(switching: Switching): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/v1/operations', {
      config: { permission: 'view' },
      schema: {
        operationId: 'operations', tags: ['view'], summary: 'Operations, newest first', querystring: Query,
        response: {
          200: answeredAs('A page of operations.', Type.Object({ operations: Type.Array(ref('Operation')) })),
          ...refusals,
          404: refusedAs('`service_unknown`, `operation_unknown`.'),
        },
      },
    }, async (request) => {
      const { service, before } = request.query
      const { identity } = request
      const limit = pageSize(request.query.limit)
      const page = { limit, ...(before === undefined ? {} : { before }) }
      if (service !== undefined) {
        refuseUnseen(identity, service)
        switching.service(service)
      }
      if (before !== undefined) visibleOperation(switching, request.identity, before)
      if (service !== undefined || identity?.services === null) {
        return { operations: switching.operations({ ...page, ...(service === undefined ? {} : { service }) }) }
      }
      // A credential that is limited to some services gets a page of theirs, not what is left of a page of all.
      const pages = (identity?.services ?? []).flatMap((name) => switching.operations({ ...page, service: name }))
      return { operations: pages.toSorted((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit) }
    })

    app.get('/v1/operations/:id', {
      config: { permission: 'view' },
      schema: {
        operationId: 'operation', tags: ['view'], summary: 'One operation', params: Type.Object({ id: Type.String() }),
        response: { 200: answeredAs('The operation.', ref('Operation')), ...refusals, 404: refusedAs('`operation_unknown`.') },
      },
    }, async (request) => visibleOperation(switching, request.identity, request.params.id))
  }
}

/** Answered like one that does not exist: ids of other services are not the caller’s to learn. Throws Problem `operationUnknown`. */
function visibleOperation(switching: Switching, identity: Identity | null, id: string): Operation {
  const operation = switching.operation(id)
  if (!maySee(identity, operation.service)) throw new Problem(errors.operationUnknown, 'There is no such operation among those that the credential may see')
  return operation
}
