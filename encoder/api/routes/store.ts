import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { answeredAs, refusals } from '../../../shared/api/schemas/answers.ts'
import { ref } from '../../../shared/api/schemas/problem.ts'
import type { EncoderConfig } from '../../config.ts'
import type { EncoderControl } from '../../jobs/contract.ts'
import { mediaUrl } from '../media-url.ts'

export function storeRoutes(control: EncoderControl, config: EncoderConfig): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/v1/store', {
      config: { permission: 'view' },
      schema: {
        operationId: 'store', tags: ['view'], summary: 'Where assets go, what waits to be stored, and what is in its way',
        response: { 200: answeredAs('The store.', ref('Store')), ...refusals },
      },
    }, async () => ({ kind: config.store.kind, media_url: mediaUrl(config), ...control.publishing() }))
  }
}
