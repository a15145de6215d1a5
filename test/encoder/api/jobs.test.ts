import t from 'tap'
import type { Role } from '../../../shared/auth/role.ts'
import { testEncoderApi, type TestEncoderApi } from '../../support/encoder-api.ts'

async function bearer(api: TestEncoderApi, role: Role, more: object = {}) {
  return { authorization: `Bearer ${await api.token({ name: `t-${role}${Object.keys(more).length}`, role, ...more })}` }
}

t.test('a viewer sees jobs, a page at a time, and changes none', async (t) => {
  await using api = await testEncoderApi()
  const headers = await bearer(api, 'viewer')
  const running = api.encoder.put({ state: 'encoding', progress: 0.4, asset: 'films/a' })
  const ended = [1, 2, 3].map((n) => api.encoder.put({ state: 'done', asset: `films/${n}`, ended_at: new Date().toISOString() }))
  const get = async (url: string) => (await api.app.inject({ url, headers })).json<{ jobs: { id: string }[]; code?: string; detail?: string }>()

  t.strictSame((await get('/v1/jobs')).jobs.map(({ id }) => id), [running, ...ended.toReversed()].map(({ id }) => id))
  t.strictSame((await get('/v1/jobs?limit=2')).jobs.map(({ id }) => id), [running.id, ended[2]?.id])
  t.strictSame((await get(`/v1/jobs?before=${ended[2]?.id}`)).jobs.map(({ id }) => id), [ended[1]?.id, ended[0]?.id], 'the next page does not begin with the running ones again')
  t.strictSame((await get('/v1/jobs?state=encoding,queued')).jobs.map(({ id }) => id), [running.id])
  t.strictSame((await get('/v1/jobs?asset=films%2F2')).jobs.map(({ id }) => id), [ended[1]?.id])
  t.match(await get('/v1/jobs?state=encodin'), { code: 'request_invalid', detail: /query\.state: "encodin" is no state; there are claiming, queued/ })
  t.match(await get('/v1/jobs?limit=0'), { code: 'request_invalid', detail: /1 to 500/ })
  t.match(await get('/v1/jobs?page=2'), { code: 'request_invalid', detail: /query\.page: is not known; known are state, asset, limit, before/ })

  t.match(await get(`/v1/jobs/${running.id.toLowerCase()}`), { id: running.id, state: 'encoding', attempts: [], history: [{ state: 'queued' }] })
  t.match(await get('/v1/jobs/01XX'), { code: 'job_unknown', status: 404 })
  const refused = await api.app.inject({ method: 'POST', url: `/v1/jobs/${running.id}/cancel`, headers })
  t.match(refused.json(), { code: 'forbidden', detail: /role viewer, which may not do this \(jobs\); these may: operator, admin/ })
  t.strictSame(api.encoder.asked, [])
  t.match(api.logged(), /"code":"forbidden".*a change was refused/)
})

t.test('an operator retries, cancels, pauses, resumes and ranks jobs', async (t) => {
  await using api = await testEncoderApi()
  const headers = await bearer(api, 'operator')
  const post = async (url: string, body?: object) => (await api.app.inject({ method: 'POST', url, headers, ...(body === undefined ? {} : { payload: body }) })).json<Record<string, unknown>>()
  const { id } = api.encoder.put({ state: 'encoding' })
  t.match(await post(`/v1/jobs/${id}/pause`), { id, paused: true })
  t.match(await post(`/v1/jobs/${id}/resume`), { paused: false })
  t.match(await post(`/v1/jobs/${id}/priority`, { priority: 7 }), { priority: 7 })
  t.match(await post(`/v1/jobs/${id}/priority`, { priority: 'high' }), { code: 'request_invalid', detail: /body\.priority/ })
  t.match(await post(`/v1/jobs/${id}/priority`), { code: 'request_invalid', detail: /body: needs priority/ })
  t.match(await post(`/v1/jobs/${id}/cancel`), { state: 'cancelled' })
  t.match(await post(`/v1/jobs/${id}/cancel`), { code: 'job_state', status: 409, state: 'cancelled', job: id })
  t.match(await post(`/v1/jobs/${id}/retry`), { state: 'queued' })
  t.match(await post('/v1/jobs/nope/retry'), { code: 'job_unknown', status: 404 })
  t.strictSame(api.encoder.asked.map((line) => line.replace(id, 'J')), ['pause J', 'resume J', 'priority 7 J', 'cancel J', 'retry J'])
})

t.test('a page of another site cannot change a job with its user’s credential', async (t) => {
  await using api = await testEncoderApi()
  const headers = { ...(await bearer(api, 'operator')), origin: 'https://evil.example' }
  const { id } = api.encoder.put({ state: 'encoding' })
  const answer = await api.app.inject({ method: 'POST', url: `/v1/jobs/${id}/cancel`, headers })
  t.match(answer.json(), { code: 'forbidden', detail: /a page of the encoder itself/ })
  t.strictSame(api.encoder.asked, [])
})

t.test('a token limited to services was made for an agent, and is told so', async (t) => {
  await using api = await testEncoderApi()
  const answer = await api.app.inject({ url: '/v1/jobs', headers: await bearer(api, 'admin', { services: ['app'] }) })
  t.match(answer.json(), { code: 'forbidden', detail: /limited to services \(app\), which the encoder does not have/ })
})

t.test('the wrong method is told from a call that does not exist', async (t) => {
  await using api = await testEncoderApi()
  const wrong = await api.app.inject({ method: 'DELETE', url: '/v1/jobs/01X' })
  t.match(wrong.json(), { code: 'method_not_allowed' })
  t.equal(wrong.headers['allow'], 'GET, HEAD')
  t.match((await api.app.inject({ url: '/v1/nothing' })).json(), { code: 'route_unknown' })
})
