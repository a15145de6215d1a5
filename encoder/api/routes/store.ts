import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { foldQuery } from '../../../shared/api/fold-query.ts'
import { answeredAs, refusals, refusedAs } from '../../../shared/api/schemas/answers.ts'
import { ref } from '../../../shared/api/schemas/problem.ts'
import type { EncoderConfig } from '../../config.ts'
import type { EncoderControl } from '../../jobs/contract.ts'
import { mediaUrl } from '../media-url.ts'

const closed = { additionalProperties: false } as const
const AssetBody = Type.Object({ asset: Type.Optional(Type.String({ description: 'only this asset; default: all', maxLength: 1024 })) }, closed)
const HousekeepingBody = Type.Object({ dry_run: Type.Optional(Type.Boolean({ description: 'tells what would be done; changes nothing' })) }, closed)
const troubles = { 404: refusedAs('`asset_unknown`.'), 503: refusedAs('`store_unavailable`, `environment`: why the store cannot be asked.') }

/** The store as a whole: where it is, whether it has what it should have, and what is tidied up in it. */
export function storeRoutes(control: EncoderControl, config: EncoderConfig): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/v1/store', {
      config: { permission: 'view' },
      schema: {
        operationId: 'store', tags: ['view'], summary: 'Where assets go, what waits to be stored, and what is in its way',
        response: { 200: answeredAs('The store.', ref('Store')), ...refusals },
      },
    }, async () => ({ kind: config.store.kind, media_url: mediaUrl(config), ...control.publishing() }))

    app.post('/v1/store/verify', {
      config: { permission: 'store' },
      preValidation: foldQuery,
      schema: {
        operationId: 'verify', tags: ['changes'], summary: 'Reads back what lies in the store and compares it with the ledger; changes nothing', body: AssetBody,
        description: 'Takes as long as it takes to read everything. A caller that hangs up ends it.',
        response: { 200: answeredAs('What was found.', ref('VerifyReport')), ...refusals, ...troubles },
      },
    }, async (request, reply) => control.verify(request.body.asset, whileThereIsACaller(reply)))

    app.post('/v1/store/repair', {
      config: { permission: 'store' },
      preValidation: foldQuery,
      schema: {
        operationId: 'repair', tags: ['changes'], summary: 'Verifies, and stores again what is missing or wrong and still in the work area', body: AssetBody,
        response: { 200: answeredAs('What was repaired, and what could not be.', ref('RepairReport')), ...refusals, ...troubles },
      },
    }, async (request, reply) => control.repair(request.body.asset, whileThereIsACaller(reply)))

    app.post('/v1/housekeeping', {
      config: { permission: 'store' },
      preValidation: foldQuery,
      schema: {
        operationId: 'housekeeping', tags: ['changes'], summary: 'Tidies up now: old versions, old sources, orphaned work, differences between ledger and store', body: HousekeepingBody,
        response: { 200: answeredAs('What each task did, or would do.', ref('Housekeeping')), ...refusals, 503: troubles[503] },
      },
    }, async (request) => ({ tasks: await control.housekeeping({ dryRun: request.body.dry_run === true }) }))
  }
}

/** Aborts when the caller hangs up before it has its answer. */
function whileThereIsACaller({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => gone.abort(new Error('the caller has hung up')))
  return gone.signal
}
