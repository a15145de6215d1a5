import { readFile } from 'node:fs/promises'
import t from 'tap'
import { createEncoderMetrics } from '../../encoder/metrics.ts'
import { memoryEncoder } from '../support/memory-encoder.ts'

t.test('metrics tell jobs, chunks, what waits and what is in the way', async (t) => {
  const encoder = memoryEncoder()
  const old = encoder.put({ state: 'encoding', speed: 2, chunks: { planned: 9, done: 5, encoded: 5 }, created_at: '2026-11-21T10:00:00Z' })
  using metrics = createEncoderMetrics(encoder)
  encoder.put({ id: old.id, chunks: { planned: 9, done: 7, encoded: 8 }, playable_at: '2026-11-21T10:00:20Z' })
  encoder.put({ id: old.id, state: 'done', speed: null, ended_at: '2026-11-21T10:04:00Z' })
  encoder.put({ id: old.id, state: 'done' })
  const refused = encoder.put({ asset: 'b', state: 'probing' })
  encoder.put({ id: refused.id, state: 'failed', ended_at: '2026-11-21T10:04:00Z', error: { fault: 'source', code: 'truncated', message: 'm', advice: 'a', at_s: null } })
  encoder.put({ asset: 'c', state: 'encoding', speed: 1.5 })
  const again = encoder.put({ asset: 'e', state: 'probing', created_at: '2026-11-21T10:03:00Z' })
  encoder.put({ id: again.id, state: 'finishing', playable_at: '2026-11-20T10:00:00Z' })
  encoder.put({ asset: 'd', state: 'encoding', speed: 0.5, blocked: { fault: 'environment', code: 'no_space', message: 'm', advice: 'a', since: '2026-11-21T10:00:00Z', retry_at: null } })
  encoder.outbox = { objects: 3, bytes: 4096, notices: 2 }
  encoder.problem = { code: 'store_unreachable', fault: 'destination', message: 'm', advice: 'a', since: '2026-11-21T10:00:00Z', retry_at: null }
  encoder.intakeProblem = { code: 'ingest_missing', message: 'm' }
  encoder.pauseIntake('x')
  metrics.credentialFailed('expired')
  const text = await metrics.text()
  for (const line of [
    'greenroom_jobs{state="encoding"} 2',
    'greenroom_jobs{state="done"} 1',
    'greenroom_jobs_ended_total{state="done",fault=""} 1',
    'greenroom_jobs_ended_total{state="failed",fault="source"} 1',
    'greenroom_jobs_blocked{fault="environment",code="no_space"} 1',
    'greenroom_job_seconds_sum 240',
    'greenroom_playable_seconds_sum 20',
    'greenroom_encode_speed 2',
    'greenroom_chunks_encoded_total 3',
    'greenroom_intake_paused 1',
    'greenroom_intake_problem{code="ingest_missing"} 1',
    'greenroom_store_problem{fault="destination",code="store_unreachable"} 1',
    'greenroom_objects_waiting 3',
    'greenroom_bytes_waiting 4096',
    'greenroom_notices_waiting 2',
    'greenroom_credential_failures_total{reason="expired"} 1',
  ]) t.ok(text.includes(`${line}\n`), line)
  encoder.problem = null
  t.notMatch(await metrics.text(), /store_unreachable/)
})

t.test('the reference page names every metric, and no other', async (t) => {
  using metrics = createEncoderMetrics(memoryEncoder())
  const page = await readFile(new URL('../../docs/reference/encoder-metrics.md', import.meta.url), 'utf8')
  const documented = [...page.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell]) => [...(cell ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name))
  const exported = [...(await metrics.text()).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name)
  t.strictSame(new Set(documented), new Set(exported))
})
