import type { FastifyInstance } from 'fastify'
import { createBaseApi, type ApiDependencies as BaseDependencies } from '../../shared/api/base.ts'
import type { EncoderConfig } from '../config.ts'
import { ENCODER } from '../daemon.ts'
import type { EncoderControl } from '../jobs/contract.ts'
import type { EncoderMetrics } from '../metrics.ts'
import { problemOf } from '../problem-of.ts'
import { API_FACTS } from './describe.ts'
import { refuseLimited } from './no-services.ts'
import { addRoutes } from './routes.ts'

export interface EncoderApiDependencies extends BaseDependencies {
  readonly metrics: EncoderMetrics
}

/** The HTTP API of the encoder, ready to be injected into or listened with (shared/api/listen.ts). */
export async function createEncoderApi(control: EncoderControl, config: EncoderConfig, deps: EncoderApiDependencies): Promise<FastifyInstance> {
  const { log, tokens, metrics, heartbeatMs } = deps
  const { app, credentials } = await createBaseApi(
    {
      daemon: ENCODER,
      facts: API_FACTS,
      limit: refuseLimited,
      onCredentialFailure: (failure) => metrics.credentialFailed(failure),
      translate: (error) => problemOf(error),
      // The encoder has no journal of its own: its log names who was refused.
      onRefused: async (call) => log.warn(call, 'a change was refused'),
    },
    deps,
  )
  await addRoutes(app, { control, config, tokens, metrics, credentials, ...(heartbeatMs === undefined ? {} : { heartbeatMs }) })
  await app.ready()
  return app
}
