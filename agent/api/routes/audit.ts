import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Problem } from '../../../shared/errors/problem.ts'
import { errors } from '../../errors.ts'
import type { Switching } from '../../switching/contract.ts'
import { pageSize } from '../../../shared/api/page-size.ts'
import { answeredAs } from '../../../shared/api/schemas/answers.ts'
import { refusals } from '../schemas/calls.ts'
import { ref } from '../../../shared/api/schemas/problem.ts'

const Query = Type.Object(
  {
    after: Type.Optional(Type.String({ description: 'a whole number: the `seq` of the last entry of the page before', pattern: '^[0-9]{1,15}$' })),
    limit: Type.Optional(Type.String({ description: 'a whole number from 1 to 500; default 50', pattern: '^[0-9]{1,3}$' })),
  },
  { additionalProperties: false },
)

export function auditRoutes(switching: Switching): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/v1/audit', {
      config: { permission: 'audit' },
      schema: {
        operationId: 'audit', tags: ['view'], summary: 'The journal, oldest first: every operation and every refused attempt', querystring: Query,
        response: { 200: answeredAs('A page of the journal.', Type.Object({ entries: Type.Array(ref('AuditEntry')) })), ...refusals },
      },
    }, async (request) => {
      const { after, limit } = request.query
      const { identity } = request
      if (identity?.services !== null) throw new Problem(errors.forbidden, `The journal tells of all services, and ${identity?.actor} is limited to ${identity?.services.join(', ')}`)
      return { entries: await switching.audit({ limit: pageSize(limit), ...(after === undefined ? {} : { after: Number(after) }) }) }
    })
  }
}
