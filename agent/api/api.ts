import Fastify, { LogController, type FastifyInstance, type RawServerDefault } from 'fastify'
import type { ReplayGuard } from '../../shared/auth/replay.ts'
import type { TokenStore } from '../../shared/auth/token-store.ts'
import type { Logger } from '../../shared/log.ts'
import type { AgentConfig } from '../config.ts'
import type { AgentMetrics } from '../metrics.ts'
import type { Switching } from '../switching/contract.ts'
import { controlAccess } from './access.ts'
import { createCredentials } from './authenticate.ts'
import { BODY_LIMIT, keepBodiesRaw } from './body.ts'
import { logCalls } from './log-calls.ts'
import { describeCalls } from './openapi.ts'
import { problemOf, sendProblem } from './problems.ts'
import { answerRefusals } from './refusals.ts'
import { decorateRequests } from './request.ts'
import { addRoutes } from './routes.ts'
import { refuseUnknownServices } from './services-exist.ts'
import { answerUnknown } from './unknown.ts'
import { checkRequests } from './validate.ts'

export interface ApiDependencies {
  readonly log: Logger
  readonly tokens: TokenStore
  readonly replays: ReplayGuard
  readonly metrics: AgentMetrics
  /** Shown in the OpenAPI document. */
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  readonly heartbeatMs?: number
}

/**
 * The HTTP API, ready to be injected into or listened with (listen.ts). What a request goes through, in order: who calls,
 * may they, does the service exist, is the body of the documented shape, then the route.
 */
export async function createApi(switching: Switching, config: AgentConfig, deps: ApiDependencies): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify<RawServerDefault>({
    loggerInstance: deps.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    frameworkErrors: (error, request, reply) => {
      sendProblem(reply, problemOf(error, request))
    },
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false },
  })
  const credentials = createCredentials(deps.tokens, deps.replays, deps.now)

  decorateRequests(app)
  logCalls(app)
  keepBodiesRaw(app)
  checkRequests(app)
  answerUnknown(app)
  answerRefusals(app, switching)
  await controlAccess(app, credentials, deps.metrics)
  refuseUnknownServices(app, switching)
  await describeCalls(app, deps.version)
  const { tokens, metrics, heartbeatMs } = deps
  await addRoutes(app, { switching, config, tokens, metrics, credentials, ...(heartbeatMs === undefined ? {} : { heartbeatMs }) })
  await app.ready()
  return app
}
