import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { AgentConfig } from '../../config.ts'
import type { Switching } from '../../switching/contract.ts'
import { maySee } from '../service-access.ts'
import { foldQuery } from '../../../shared/api/fold-query.ts'
import { pinCookie } from '../pin-cookie.ts'
import { answeredAs, refusedAs } from '../../../shared/api/schemas/answers.ts'
import { refusals, ServiceParams } from '../schemas/calls.ts'
import { PinAnswer, PinBody } from '../schemas/changes.ts'
import { ref } from '../../../shared/api/schemas/problem.ts'

export function serviceRoutes(switching: Switching, config: AgentConfig): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/v1/services', {
      config: { permission: 'view' },
      schema: {
        operationId: 'services', tags: ['view'], summary: 'All services that the credential may see',
        response: { 200: answeredAs('The services.', Type.Object({ services: Type.Array(ref('Service')) })), ...refusals },
      },
    }, async (request) => ({ services: switching.services().filter(({ name }) => maySee(request.identity, name)) }))

    app.get('/v1/services/:service', {
      config: { permission: 'view' },
      schema: {
        operationId: 'service', tags: ['view'], summary: 'Route, pools and health of a service; its ETag is the revision', params: ServiceParams,
        response: { 200: answeredAs('The service.', ref('Service')), ...refusals, 404: refusedAs('`service_unknown`.') },
      },
    }, async (request, reply) => {
      const service = switching.service(request.params.service)
      return reply.header('etag', `"${service.revision}"`).send(service)
    })

    app.post('/v1/services/:service/pin', {
      config: { permission: 'pin' },
      preValidation: foldQuery,
      schema: {
        operationId: 'pin', tags: ['changes'], summary: 'Makes the cookie that pins a client to a colour', params: ServiceParams, body: PinBody,
        description: `Changes nothing on the host: set the cookie in the client. \`{"to": null}\` answers with a cookie that ends the pin. \
For strategy \`instant\` with \`pins\`.`,
        response: {
          200: answeredAs('The cookie.', PinAnswer),
          ...refusals,
          404: refusedAs('`service_unknown`.'),
          422: refusedAs('`pins_off`: the service does not honour pin cookies.'),
        },
      },
    }, async (request) => pinCookie(config, request.params.service, request.body.to))
  }
}
