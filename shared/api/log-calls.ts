import type { FastifyInstance } from 'fastify'
import { callerOf, pathOf } from './request.ts'

/** One line per call when it was answered: changes and refusals at `info`, the polling of machines at `debug`. Never a header or a body. */
export function logCalls(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const level = request.method !== 'GET' || reply.statusCode >= 400 ? 'info' : 'debug'
    const line = { ...callerOf(request), method: request.method, path: pathOf(request), status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10 }
    request.log[level](line, 'call')
  })
}
