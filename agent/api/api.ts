import type { FastifyInstance } from 'fastify'
import { createBaseApi, type ApiDependencies as BaseDependencies } from '../../shared/api/base.ts'
import type { AgentConfig } from '../config.ts'
import { AGENT } from '../daemon.ts'
import type { AgentMetrics } from '../metrics.ts'
import type { Switching } from '../switching/contract.ts'
import { API_FACTS } from './describe.ts'
import { addRoutes } from './routes.ts'
import { refuseUnseenInPath } from './service-access.ts'
import { refuseUnknownServices } from './services-exist.ts'

export interface ApiDependencies extends BaseDependencies {
  readonly metrics: AgentMetrics
}

/**
 * The HTTP API, ready to be injected into or listened with (shared/api/listen.ts). What a request goes through, in order:
 * who calls, may they, does the service exist, is the body of the documented shape, then the route.
 */
export async function createApi(switching: Switching, config: AgentConfig, deps: ApiDependencies): Promise<FastifyInstance> {
  const { tokens, metrics, heartbeatMs } = deps
  const { app, credentials } = await createBaseApi(
    {
      daemon: AGENT,
      facts: API_FACTS,
      limit: refuseUnseenInPath,
      onCredentialFailure: (failure) => metrics.credentialFailed(failure),
      onRefused: async (call) => switching.recordAttempt(call),
    },
    deps,
  )
  refuseUnknownServices(app, switching)
  await addRoutes(app, { switching, config, tokens, metrics, credentials, ...(heartbeatMs === undefined ? {} : { heartbeatMs }) })
  await app.ready()
  return app
}
