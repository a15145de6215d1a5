import type { FastifyInstance } from 'fastify'
import { healthRoutes } from '../../shared/api/health-routes.ts'
import type { TokenStore } from '../../shared/auth/token-store.ts'
import type { AgentConfig } from '../config.ts'
import { AGENT } from '../daemon.ts'
import type { AgentMetrics } from '../metrics.ts'
import type { Switching } from '../switching/contract.ts'
import type { Credentials } from '../../shared/api/authenticate.ts'
import { auditRoutes } from './routes/audit.ts'
import { changeRoutes } from './routes/changes.ts'
import { eventRoutes } from './routes/events.ts'
import { operationRoutes } from './routes/operations.ts'
import { serviceRoutes } from './routes/services.ts'

/** What the routes work with. */
export interface RouteParts {
  readonly switching: Switching
  readonly config: AgentConfig
  readonly tokens: TokenStore
  readonly metrics: AgentMetrics
  readonly credentials: Credentials
  readonly heartbeatMs?: number
}

export async function addRoutes(app: FastifyInstance, { switching, config, tokens, metrics, credentials, heartbeatMs }: RouteParts): Promise<void> {
  await app.register(healthRoutes({ daemon: AGENT, work: 'switch', ready: () => switching.ready(), tokens, metrics }))
  await app.register(serviceRoutes(switching, config))
  await app.register(changeRoutes(switching))
  await app.register(operationRoutes(switching))
  await app.register(eventRoutes(switching, credentials, heartbeatMs))
  await app.register(auditRoutes(switching))
}
