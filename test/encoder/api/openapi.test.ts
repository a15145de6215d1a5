import t from 'tap'
import { describeApi } from '../../../encoder/api/describe.ts'
import { JobDetailSchema } from '../../../encoder/api/schemas/job.ts'
import { AssetSchema } from '../../../encoder/api/schemas/asset.ts'
import { testEncoderApi } from '../../support/encoder-api.ts'
import { assetOf } from '../../support/memory-encoder.ts'

t.test('the description names every call with the roles that may make it, and no file', async (t) => {
  const { paths } = await describeApi('1.2.3')
  const calls = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
  t.strictSame(calls.filter((call) => call.includes('*')), [])
  for (const call of [
    'GET /healthz', 'GET /readyz', 'GET /metrics', 'GET /openapi.json', 'GET /v1/jobs', 'GET /v1/jobs/{id}', 'POST /v1/jobs/{id}/retry', 'POST /v1/jobs/{id}/cancel', 'POST /v1/jobs/{id}/pause',
    'POST /v1/jobs/{id}/resume', 'POST /v1/jobs/{id}/priority', 'GET /v1/waiting', 'GET /v1/intake', 'POST /v1/intake/pause', 'POST /v1/intake/resume', 'GET /v1/assets', 'GET /v1/assets/{asset}',
    'POST /v1/assets/{asset}/rollback', 'GET /v1/store', 'GET /v1/events', 'POST /v1/assets/{asset}/reencode', 'POST /v1/store/verify', 'POST /v1/store/repair', 'POST /v1/housekeeping',
  ]) t.ok(calls.includes(call), call)
  t.strictSame(paths['/v1/jobs/{id}/cancel']?.['post']?.['x-roles'], ['operator', 'admin'])
  t.strictSame(paths['/v1/assets/{asset}/rollback']?.['post']?.['x-roles'], ['rollback', 'operator', 'admin'])
  t.strictSame(paths['/v1/jobs']?.['get']?.['x-roles'], ['viewer', 'rollback', 'operator', 'admin'])
})

t.test('what is answered has the documented members, all of them and no other', async (t) => {
  await using api = await testEncoderApi()
  const { id } = api.encoder.put({ state: 'encoding' })
  api.encoder.putAsset(assetOf('a', ['v1']))
  const headers = { authorization: `Bearer ${await api.token({ name: 'v', role: 'viewer' })}` }
  const get = async (url: string) => (await api.app.inject({ url, headers })).json<Record<string, unknown>>()
  t.strictSame(Object.keys(await get(`/v1/jobs/${id}`)).toSorted(), Object.keys(JobDetailSchema.properties).toSorted())
  t.strictSame(Object.keys(await get('/v1/assets/a')).toSorted(), Object.keys(AssetSchema.properties).toSorted())
  t.match(await get('/openapi.json'), { openapi: '3.1.0', info: { title: 'Greenroom encoder' } })
})
