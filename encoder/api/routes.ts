import type { FastifyInstance } from 'fastify'
import type { Credentials } from '../../shared/api/authenticate.ts'
import { healthRoutes } from '../../shared/api/health-routes.ts'
import type { TokenStore } from '../../shared/auth/token-store.ts'
import type { EncoderConfig } from '../config.ts'
import { ENCODER } from '../daemon.ts'
import type { EncoderControl } from '../jobs/contract.ts'
import type { EncoderMetrics } from '../metrics.ts'
import { assetRoutes } from './routes/assets.ts'
import { eventRoutes } from './routes/events.ts'
import { intakeRoutes } from './routes/intake.ts'
import { jobRoutes } from './routes/jobs.ts'
import { mediaRoutes } from './routes/media.ts'
import { pageRoutes } from './routes/page.ts'
import { storeRoutes } from './routes/store.ts'

/** What the routes work with. */
export interface RouteParts {
  readonly control: EncoderControl
  readonly config: EncoderConfig
  readonly tokens: TokenStore
  readonly metrics: EncoderMetrics
  readonly credentials: Credentials
  readonly heartbeatMs?: number
}

export async function addRoutes(app: FastifyInstance, { control, config, tokens, metrics, credentials, heartbeatMs }: RouteParts): Promise<void> {
  await app.register(healthRoutes({ daemon: ENCODER, work: 'take, encode and publish', ready: () => control.ready(), tokens, metrics }))
  await app.register(jobRoutes(control))
  await app.register(intakeRoutes(control))
  await app.register(assetRoutes(control))
  await app.register(storeRoutes(control, config))
  await app.register(eventRoutes(control, credentials, heartbeatMs))
  await app.register(pageRoutes(config))
  if (config.store.kind === 'directory') await app.register(mediaRoutes(config.store))
}
