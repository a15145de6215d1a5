import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { foldQuery } from '../../../shared/api/fold-query.ts'
import { pageSize } from '../../../shared/api/page-size.ts'
import { pathOf } from '../../../shared/api/request.ts'
import { answeredAs, refusals, refusedAs } from '../../../shared/api/schemas/answers.ts'
import { ref } from '../../../shared/api/schemas/problem.ts'
import { Problem } from '../../../shared/errors/problem.ts'
import { errors } from '../../errors.ts'
import type { EncoderControl } from '../../jobs/contract.ts'

const Query = Type.Object(
  {
    after: Type.Optional(Type.String({ description: 'the name of the last asset of the page before', maxLength: 1024 })),
    limit: Type.Optional(Type.String({ description: 'a whole number from 1 to 500; default 50', pattern: '^[0-9]{1,3}$' })),
  },
  { additionalProperties: false },
)
const Params = Type.Object({ asset: Type.String({ description: 'Name of the asset; its folders by `/`, as they are or as `%2F`.' }) })
const RollbackBody = Type.Object({ to: Type.Optional(Type.String({ description: 'the version to go back to; default: the newest before the current one', pattern: '^[0-9A-Za-z-]{1,64}$' })) }, { additionalProperties: false })

const NoBody = Type.Object({}, { additionalProperties: false })

const ROLLBACK = '/rollback'

/** What is published. An asset's name has folders, so looking and pointing back are there with the name as one part of the path (`%2F`) and with its slashes. */
export function assetRoutes(control: EncoderControl): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/v1/assets', {
      config: { permission: 'view' },
      schema: {
        operationId: 'assets', tags: ['view'], summary: 'Assets by name, each with its versions', querystring: Query,
        response: { 200: answeredAs('A page of assets, and how many there are in all.', Type.Object({ total: Type.Integer(), assets: Type.Array(ref('Asset')) })), ...refusals },
      },
    }, async (request) => {
      const { after, limit } = request.query
      const { total, assets } = control.assets({ after: after ?? '', limit: pageSize(limit) })
      return { total, assets: [...assets] }
    })

    const view = { permission: 'view' }
    app.get('/v1/assets/:asset', {
      config: view,
      schema: {
        operationId: 'asset', tags: ['view'], summary: 'One asset', params: Params,
        response: { 200: answeredAs('The asset.', ref('Asset')), ...refusals, 404: refusedAs('`asset_unknown`.') },
      },
    }, async (request) => control.asset(request.params.asset))
    app.get('/v1/assets/*', { config: view, schema: { hide: true } }, async (request) => control.asset(wildcardOf(request)))

    const rollback = { permission: 'rollback' }
    app.post(`/v1/assets/:asset${ROLLBACK}`, {
      config: rollback,
      preValidation: foldQuery,
      schema: {
        operationId: 'rollbackAsset', tags: ['changes'], summary: 'Makes an older version current again; answers when the store has it', params: Params, body: RollbackBody,
        response: {
          200: answeredAs('The asset after it.', ref('Asset')), ...refusals, 404: refusedAs('`asset_unknown`, `version_unknown`.'),
          422: refusedAs('`nothing_to_roll_back`.'), 503: refusedAs('`environment`: the store cannot be written; why.'),
        },
      },
    }, async (request) => control.rollbackAsset(request.params.asset, request.body.to))
    app.post('/v1/assets/:asset/reencode', {
      config: { permission: 'jobs' },
      preValidation: foldQuery,
      schema: {
        operationId: 'reencode', tags: ['changes'], summary: 'Puts the kept source of an asset back into the ingest folder, to be made anew by the profile of today', params: Params, body: NoBody,
        response: {
          200: answeredAs('Its name in the ingest folder.', Type.Object({ name: Type.String() })), ...refusals, 404: refusedAs('`asset_unknown`.'),
          409: refusedAs('`job_state`: the source is not kept; `already_in_ingest`.'),
        },
      },
    }, async (request) => control.reencode(request.params.asset))
    app.post('/v1/assets/*', { config: rollback, preValidation: foldQuery, schema: { hide: true, body: RollbackBody } }, async (request) => {
      const path = wildcardOf(request)
      if (!path.endsWith(ROLLBACK)) throw new Problem(errors.routeUnknown, `There is no ${pathOf(request)}; /openapi.json lists the calls`)
      return control.rollbackAsset(path.slice(0, -ROLLBACK.length), request.body.to)
    })
  }
}

function wildcardOf({ params }: { readonly params: unknown }): string {
  return (params as { '*': string })['*']
}
