import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { TokenStore } from '../auth/token-store.ts'
import type { Daemon } from '../daemon.ts'
import { answeredAs, refusals } from './schemas/answers.ts'

const Readiness = Type.Object({ ready: Type.Boolean(), problems: Type.Array(Type.String()) })

export interface HealthSources {
  readonly daemon: Daemon
  /** What a ready daemon can do, in a sentence: `switch`. */
  readonly work: string
  readonly ready: () => { readonly ready: boolean; readonly problems: readonly string[] }
  readonly tokens: TokenStore
  readonly metrics: { text(): Promise<string>; readonly contentType: string }
}

/** The calls of machines that watch: open, but for the description of the calls. */
export function healthRoutes({ daemon: { noun }, work, ready: readiness, tokens, metrics }: HealthSources): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/healthz', {
      schema: {
        operationId: 'healthz',
        tags: ['open'],
        summary: `Whether the ${noun} runs`,
        security: [],
        response: { 200: answeredAs('It does.', Type.Object({ status: Type.Literal('ok') })) },
      },
    }, async () => ({ status: 'ok' }))

    app.get('/readyz', {
      schema: {
        operationId: 'readyz',
        tags: ['open'],
        summary: `Whether the ${noun} can ${work}; else why not`,
        security: [],
        response: { 200: answeredAs('It can.', Readiness), 503: answeredAs('It cannot.', Readiness) },
      },
    }, async (_request, reply) => {
      const { ready, problems } = readiness()
      await tokens.current()
      // Anybody may ask, so names and lines of the file are left to the log.
      const all = tokens.problem === null ? problems : [...problems, 'The tokens file cannot be used, the log says why; the tokens read before stay valid.']
      // Tokens that cannot be read anew are told, but what was read before still works: the daemon is ready.
      return reply.code(ready ? 200 : 503).send({ ready, problems: all })
    })

    app.get('/metrics', {
      schema: {
        operationId: 'metrics',
        tags: ['open'],
        summary: 'Metrics in the Prometheus text format',
        security: [],
        response: { 200: { description: 'The metrics.', content: { 'text/plain': { schema: Type.String() } } } },
      },
    }, async (_request, reply) => reply.type(metrics.contentType).serializer(String).send(await metrics.text()))

    app.get('/openapi.json', {
      config: { permission: 'view' },
      schema: {
        operationId: 'openapi',
        tags: ['view'],
        summary: 'This description',
        response: { 200: answeredAs('An OpenAPI 3.1 document.', Type.Object({}, { additionalProperties: true })), ...refusals },
      },
    }, async () => app.swagger())
  }
}
