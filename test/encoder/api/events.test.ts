import t from 'tap'
import { createEventHub } from '../../../encoder/api/event-hub.ts'
import type { EncoderEvent } from '../../../encoder/jobs/contract.ts'
import { listen } from '../../../shared/api/listen.ts'
import { parseEvents, type ServerEvent } from '../../../shared/cli/server-events.ts'
import { createLogger } from '../../../shared/log.ts'
import { testEncoderApi } from '../../support/encoder-api.ts'
import { assetOf, memoryEncoder } from '../../support/memory-encoder.ts'
import { until } from '../../support/until.ts'

const silent = createLogger({ level: 'silent', name: 'test' })

t.test('a stream begins with what is now and goes on with every change', async (t) => {
  await using api = await testEncoderApi()
  await using listening = await listen(api.app, { ...api.config.api, listen: ['127.0.0.1:0'] }, silent)
  const job = api.encoder.put({ state: 'encoding', progress: 0.1 })
  api.encoder.put({ state: 'done', ended_at: new Date().toISOString() })
  const left = new AbortController()
  const answer = await fetch(`http://${listening.addresses[0]}/v1/events`, { headers: { authorization: `Bearer ${await api.token({ name: 'v', role: 'viewer' })}` }, signal: left.signal })
  t.equal(answer.headers.get('content-type'), 'text/event-stream')
  const events = parseEvents(answer.body as unknown as AsyncIterable<Buffer>)
  const next = async () => (await events.next()).value as ServerEvent
  t.match(await next(), { event: 'intake', data: { waiting: 0, paused: null } })
  t.match(await next(), { event: 'job', data: { id: job.id, progress: 0.1 } })
  api.encoder.pauseIntake('by somebody')
  t.match(await next(), { event: 'intake', data: { paused: 'by somebody' } })
  api.encoder.putAsset(assetOf('films/a', ['v1']))
  t.match(await next(), { event: 'asset', data: { asset: 'films/a', current: 'v1' } })
  api.encoder.put({ id: job.id, state: 'failed', error: { fault: 'source', code: 'truncated', message: 'It ends early', advice: 'Send it again', at_s: 3 }, ended_at: new Date().toISOString() })
  t.match(await next(), { event: 'job', data: { id: job.id, state: 'failed', error: { code: 'truncated' } } })
  left.abort()
})

t.test('numbers that run are told now and then, and the last of them is never lost; a change of state is told at once', async (t) => {
  const encoder = memoryEncoder()
  using hub = createEventHub(encoder, 40)
  const seen: EncoderEvent[] = []
  hub.subscribe((event) => seen.push(event))
  const jobs = () => seen.flatMap((event) => (event.type === 'job' ? [event.job] : []))
  const { id } = encoder.put({ state: 'encoding', progress: 0 })
  for (let n = 1; n <= 1000; n += 1) encoder.put({ id, progress: n / 2000 })
  await until('the last progress is told', () => jobs().at(-1)?.progress === 0.5)
  t.ok(jobs().length < 20, `1001 events became ${jobs().length}`)
  encoder.put({ id, progress: 0.51 })
  encoder.put({ id, paused: true })
  t.match(jobs().at(-1), { paused: true, progress: 0.51 })
  encoder.put({ id, paused: false })
  encoder.put({ id, progress: 0.52 })
  encoder.put({ id, state: 'done', progress: 1, ended_at: new Date().toISOString() })
  const ended = jobs().length
  t.match(jobs().at(-1), { state: 'done' })
  encoder.put({ asset: 'films/b', state: 'encoding' })
  t.equal(jobs().length, ended + 1, 'nothing of the ended job comes after its end')
})

t.test('a hub that ends leaves no listener', async (t) => {
  const encoder = memoryEncoder()
  {
    using hub = createEventHub(encoder)
    hub.subscribe(() => {})
    t.equal(encoder.listeners, 1)
  }
  t.equal(encoder.listeners, 0)
})
