import { once } from 'node:events'
import t from 'tap'
import { JobError, jobErrors } from '../../../encoder/job-errors.ts'
import { listen } from '../../../shared/api/listen.ts'
import { createLogger } from '../../../shared/log.ts'
import { testEncoderApi } from '../../support/encoder-api.ts'
import { assetOf } from '../../support/memory-encoder.ts'

const waiting = (name: string, reason = 'settling') => ({ name, size: 10, first_seen: '2026-11-21T10:00:00Z', reason, detail: 'It was written to 2 s ago.', until: null })

t.test('waiting files are told with their reasons, and found by name', async (t) => {
  await using api = await testEncoderApi()
  const headers = { authorization: `Bearer ${await api.token({ name: 'v', role: 'viewer' })}` }
  for (let n = 0; n < 60; n += 1) api.encoder.files.push(waiting(`clips/${n}.mp4`, n === 7 ? 'open_for_writing' : 'settling'))
  const get = async (url: string) => (await api.app.inject({ url, headers })).json<{ total: number; waiting: object[] }>()
  const page = await get('/v1/waiting')
  t.equal(page.total, 60)
  t.equal(page.waiting.length, 50)
  t.match(await get('/v1/waiting?name=clips%2F7.'), { total: 1, waiting: [{ name: 'clips/7.mp4', reason: 'open_for_writing' }] })
})

t.test('intake is paused by name and reason, and resumed', async (t) => {
  await using api = await testEncoderApi()
  const headers = { authorization: `Bearer ${await api.token({ name: 'op', role: 'operator' })}` }
  const post = async (url: string, payload?: object) => (await api.app.inject({ method: 'POST', url, headers, ...(payload === undefined ? {} : { payload }) })).json<object>()
  t.match(await post('/v1/intake/pause', { reason: 'disk is being changed' }), { paused: 'by token:op: disk is being changed', problem: null, waiting: 0 })
  t.match(await post('/v1/intake/pause'), { paused: 'by token:op' })
  t.match(await post('/v1/intake/pause?reason=from+the+query'), { paused: 'by token:op: from the query' })
  t.match(await post('/v1/intake/pause', { reason: 'a\nb' }), { code: 'request_invalid', detail: /body\.reason: must be text without control characters/ })
  t.match(await post('/v1/intake/resume'), { paused: null })
  t.match((await api.app.inject({ url: '/v1/intake', headers })).json(), { paused: null })
})

t.test('an asset is found with the slashes of its name as they are, and encoded', async (t) => {
  await using api = await testEncoderApi()
  const headers = { authorization: `Bearer ${await api.token({ name: 'r', role: 'rollback' })}` }
  for (const name of ['plain', 'films/2026/a', 'films/rollback']) api.encoder.putAsset(assetOf(name, ['v2', 'v1']))
  const get = async (url: string) => (await api.app.inject({ url, headers })).json<Record<string, unknown>>()
  const post = async (url: string, payload?: object) => (await api.app.inject({ method: 'POST', url, headers, ...(payload === undefined ? {} : { payload }) })).json<Record<string, unknown>>()

  for (const path of ['plain', 'films/2026/a', 'films%2F2026%2Fa']) t.match(await get(`/v1/assets/${path}`), { asset: decodeURIComponent(path), current: 'v2' }, path)
  t.match(await get('/v1/assets/films/2026'), { code: 'asset_unknown', status: 404 })
  t.match(await post('/v1/assets/films%2F2026%2Fa/rollback'), { asset: 'films/2026/a', current: 'v1' })
  t.match(await post('/v1/assets/films/2026/a/rollback', { to: 'v2' }), { asset: 'films/2026/a', current: 'v2' })
  t.match(await post('/v1/assets/films/rollback/rollback'), { asset: 'films/rollback', current: 'v1' }, 'also one that is called rollback')
  t.match(await post('/v1/assets/plain/rollback', { to: 'v9' }), { code: 'version_unknown' })
  t.match(await post('/v1/assets/plain/rollback', { too: 'v1' }), { code: 'request_invalid', detail: /body\.too: is not known/ })
  t.match(await post('/v1/assets/films/2026/a/delete'), { code: 'route_unknown' })
  t.match(await post('/v1/assets/films%2F2026%2Fa/reencode'), { code: 'forbidden' }, 'a rollback is not a new encoding')
  t.match(await get('/v1/assets?limit=2'), { total: 3, assets: [{ asset: 'films/2026/a' }, { asset: 'films/rollback' }] })
  t.match(await get('/v1/assets?after=films%2Frollback'), { total: 3, assets: [{ asset: 'plain' }] })
})

t.test('the store tells where to play from, and what is in its way', async (t) => {
  await using api = await testEncoderApi()
  const headers = { authorization: `Bearer ${await api.token({ name: 'v', role: 'viewer' })}` }
  const get = async (from = api) => (await from.app.inject({ url: '/v1/store', headers })).json<object>()
  t.match(await get(), { kind: 'directory', media_url: '/media/', problem: null, objects: 0, bytes: 0 })
  api.encoder.problem = { code: 'no_space', fault: 'environment', message: 'The disk is full', advice: 'Free some', since: '2026-11-21T10:00:00Z', retry_at: null }
  api.encoder.outbox = { objects: 12, bytes: 3456, notices: 0 }
  t.match(await get(), { problem: { code: 'no_space' }, objects: 12, bytes: 3456 })

  await using minio = await testEncoderApi({ toml: () => '[store]\nkind = "minio"\nendpoint = "http://127.0.0.1:1"\nbucket = "media"\npublic_url = "https://media.example/vod"\n' })
  const answer = await minio.app.inject({ url: '/v1/store', headers: { authorization: `Bearer ${await minio.token({ name: 'v', role: 'viewer' })}` } })
  t.match(answer.json(), { kind: 'minio', media_url: 'https://media.example/vod/' })
})

t.test('the store is verified, repaired and tidied up by operators; what is in its way is told', async (t) => {
  await using api = await testEncoderApi()
  const headers = { authorization: `Bearer ${await api.token({ name: 'op', role: 'operator' })}` }
  const post = async (url: string, payload?: object) => (await api.app.inject({ method: 'POST', url, headers, ...(payload === undefined ? {} : { payload }) })).json<object>()
  api.encoder.putAsset(assetOf('films/a', ['v1']))
  t.match(await post('/v1/store/verify'), { assets: 1, objects: 10, faults: [] })
  t.match(await post('/v1/store/verify', { asset: 'films/b' }), { code: 'asset_unknown' })
  api.encoder.storeFaults = [{ asset: 'films/a', version: 'v1', current: true, key: 'films/a/v1/x.m4s', what: 'missing', detail: 'nothing lies under this key' }]
  t.match(await post('/v1/store/repair', { asset: 'films/a' }), { repaired: [{ key: 'films/a/v1/x.m4s' }], beyond_repair: [] })
  t.match(await post('/v1/housekeeping?dry_run=true'), { tasks: [{ task: 'versions', summary: '2 old versions would be deleted' }] })
  t.match(await post('/v1/assets/films%2Fa/reencode'), { name: 'films/a.mp4' })
  t.strictSame(api.encoder.asked, ['repair films/a', 'housekeeping (dry run)', 'reencode films/a'])

  api.encoder.verify = async () => Promise.reject(new JobError(jobErrors.storeUnreachable, 'http://127.0.0.1:9000/media does not answer.', 'It is tried again by itself.'))
  t.match(await post('/v1/store/verify'), { code: 'store_unavailable', status: 503, job_error: 'store_unreachable', detail: 'http://127.0.0.1:9000/media does not answer. It is tried again by itself. What was asked for here is not done then: ask again.' })
})

t.test('a caller that hangs up ends a verification', async (t) => {
  await using api = await testEncoderApi()
  await using listening = await listen(api.app, { ...api.config.api, listen: ['127.0.0.1:0'] }, createLogger({ level: 'silent', name: 'test' }))
  const { promise: begun, resolve: begin } = Promise.withResolvers<AbortSignal>()
  api.encoder.verify = (_asset, signal) => {
    begin(signal)
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  }
  const left = new AbortController()
  const headers = { authorization: `Bearer ${await api.token({ name: 'op', role: 'operator' })}` }
  const answer = fetch(`http://${listening.addresses[0]}/v1/store/verify`, { method: 'POST', headers, signal: left.signal })
  const signal = await begun
  t.equal(signal.aborted, false)
  left.abort()
  await t.rejects(answer)
  if (!signal.aborted) await once(signal, 'abort')
  t.match(signal.reason, { message: 'the caller has hung up' })
})
