import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Credentials } from '../../../shared/api/authenticate.ts'
import { eventStreams } from '../../../shared/api/event-streams.ts'
import { refusedAs } from '../../../shared/api/schemas/answers.ts'
import type { Switching, SwitchingEvent } from '../../switching/contract.ts'
import { refusals } from '../schemas/calls.ts'
import { maySee, refuseUnseen } from '../service-access.ts'

const Query = Type.Object({ service: Type.Optional(Type.String({ description: 'Only events of this service.' })) }, { additionalProperties: false })

/** Server-sent events: first what is now, then every change, until the reader or the agent ends. */
export function eventRoutes(switching: Switching, credentials: Credentials, heartbeatMs?: number): FastifyPluginAsyncTypebox {
  return async (app) => {
    const openStream = eventStreams(app, credentials, '/v1/services', heartbeatMs)

    app.get('/v1/events', {
      exposeHeadRoute: false,
      config: { permission: 'view' },
      schema: {
        operationId: 'events', tags: ['view'], summary: 'Server-sent events: `operation` and `service`, each with its JSON as data', querystring: Query,
        description: 'Starts with each service and each running operation as they are.',
        response: { 200: { description: 'A stream that does not end.', content: { 'text/event-stream': { schema: Type.String() } } }, ...refusals, 429: refusedAs('`too_many_failures`, `too_many_streams`.') },
      },
    }, (request, reply) => {
      const { identity } = request
      const { service: only } = request.query
      if (only !== undefined) {
        refuseUnseen(identity, only)
        switching.service(only)
      }
      openStream(request, reply, (send) => {
        const tell = (event: SwitchingEvent) => {
          const { name, data } = event.type === 'service' ? { name: event.service.name, data: event.service } : { name: event.operation.service, data: event.operation }
          if (maySee(identity, name) && (only === undefined || only === name)) send(event.type, data)
        }
        const unsubscribe = switching.subscribe(tell)
        for (const service of switching.services()) tell({ type: 'service', service })
        for (const operation of switching.running()) tell({ type: 'operation', operation })
        return unsubscribe
      })
    })
  }
}
