import type { ServerResponse } from 'node:http'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Problem } from '../../../shared/errors/problem.ts'
import { errors } from '../../errors.ts'
import type { Switching, SwitchingEvent } from '../../switching/contract.ts'
import { maySee, refuseUnseen } from '../access.ts'
import type { Credentials } from '../authenticate.ts'
import { refusals, refusedAs } from '../schemas/calls.ts'

const HEARTBEAT_MS = 15_000
/** A reader that is this far behind is cut off, not waited for; it comes again and gets the present state. */
const MOST_BUFFERED = 1024 * 1024

/** Streams of one credential; each holds a connection, of which there are not many more for everybody. */
const MOST_STREAMS = 64

const Query = Type.Object({ service: Type.Optional(Type.String({ description: 'Only events of this service.' })) }, { additionalProperties: false })

/** Server-sent events: first what is now, then every change, until the reader or the agent ends. */
export function eventRoutes(switching: Switching, credentials: Credentials, heartbeatMs = HEARTBEAT_MS): FastifyPluginAsyncTypebox {
  return async (app) => {
    const streams = new Map<ServerResponse, string | undefined>()

    app.addHook('preClose', async () => {
      for (const stream of streams.keys()) stream.end()
    })

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
      const held = streams.values().filter((actor) => actor === identity?.actor).toArray().length
      if (held >= MOST_STREAMS) throw new Problem(errors.tooManyStreams, `${identity?.actor} holds ${held} event streams already: end one, or look at /v1/services instead`)
      reply.hijack()
      const stream = reply.raw
      // A reader that hung up while it was asked who it is: its "close" has been, and would not end what begins below.
      if (stream.destroyed) return
      // The connection ends with its stream: one kept open would hold up the agent's stop.
      stream.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'close' })

      const send = (event: SwitchingEvent) => {
        const { name, data } = event.type === 'service' ? { name: event.service.name, data: event.service } : { name: event.operation.service, data: event.operation }
        // Ended but not yet read by the other side: a write would be an error that nobody awaits.
        if (stream.writableEnded || !maySee(identity, name) || (only !== undefined && only !== name)) return
        if (stream.writableLength > MOST_BUFFERED) stream.destroy()
        else stream.write(`event: ${event.type}\ndata: ${JSON.stringify(data)}\n\n`)
      }

      const heartbeat = async () => {
        if (stream.writableEnded) stream.destroy()
        else if (identity === null || !(await credentials.stillValid(identity))) stream.end()
        else if (!stream.writableEnded) stream.write(': still here\n\n')
      }
      const beat = setInterval(() => {
        heartbeat().catch((error: unknown) => {
          request.log.error({ err: error }, 'an event stream ended in a way that nobody foresaw')
          stream.destroy()
        })
      }, heartbeatMs)

      streams.set(stream, identity?.actor)
      const unsubscribe = switching.subscribe(send)
      stream.once('close', () => {
        clearInterval(beat)
        unsubscribe()
        streams.delete(stream)
      })
      stream.write('retry: 2000\n\n')
      for (const service of switching.services()) send({ type: 'service', service })
      for (const operation of switching.running()) send({ type: 'operation', operation })
    })
  }
}
