import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Credentials } from '../../../shared/api/authenticate.ts'
import { eventStreams } from '../../../shared/api/event-streams.ts'
import { refusals, refusedAs } from '../../../shared/api/schemas/answers.ts'
import { JOB_STATES, type EncoderControl, type EncoderEvent } from '../../jobs/contract.ts'
import { hasEnded } from '../../jobs/states.ts'
import { createEventHub } from '../event-hub.ts'

/** Running and waiting jobs that a new stream is told of; more are in `/v1/jobs`. */
const MOST_AT_FIRST = 500

/** Server-sent events: first what is now, then every change, until the reader or the encoder ends. */
export function eventRoutes(control: EncoderControl, credentials: Credentials, heartbeatMs?: number): FastifyPluginAsyncTypebox {
  return async (app) => {
    const openStream = eventStreams(app, credentials, '/v1/jobs', heartbeatMs)
    const hub = createEventHub(control)
    app.addHook('onClose', async () => hub[Symbol.dispose]())

    app.get('/v1/events', {
      exposeHeadRoute: false,
      config: { permission: 'view' },
      schema: {
        operationId: 'events', tags: ['view'], summary: 'Server-sent events: `job`, `asset` and `intake`, each with its JSON as data',
        description: 'Starts with intake and each job that has not ended, as they are. The progress of a job comes at most twice a second, everything else at once.',
        response: { 200: { description: 'A stream that does not end.', content: { 'text/event-stream': { schema: Type.String() } } }, ...refusals, 429: refusedAs('`too_many_failures`, `too_many_streams`.') },
      },
    }, (request, reply) => {
      openStream(request, reply, (send) => {
        const unsubscribe = hub.subscribe((event) => send(event.type, dataOf(event)))
        const { paused, waiting } = control.intake()
        send('intake', { waiting, paused })
        for (const job of control.jobs({ states: JOB_STATES.filter((state) => !hasEnded(state)), limit: MOST_AT_FIRST })) send('job', job)
        return unsubscribe
      })
    })
  }
}

function dataOf(event: EncoderEvent): unknown {
  if (event.type === 'job') return event.job
  return event.type === 'asset' ? event.asset : { waiting: event.waiting, paused: event.paused }
}
