import t from 'tap'
import { JobError, jobErrors, type JobErrorKind } from '../../../encoder/job-errors.ts'
import { consequenceOf } from '../../../encoder/jobs/retry-rules.ts'

const limits = { attempts: 3 }
const of = (kind: JobErrorKind, failures = 1) => consequenceOf(new JobError(kind, 'found', 'do'), failures, limits)

t.test('only a fault of the source, or of ours, fails at once', (t) => {
  for (const kind of Object.values(jobErrors)) {
    t.equal(of(kind).kind === 'fail', kind.fault === 'source' || kind.fault === 'ours', kind.code)
  }
  t.end()
})

t.test('an ffmpeg that crashes again and again is parked; one that answers the same each time has judged the source', (t) => {
  t.equal(of(jobErrors.toolCrashed, 2).kind, 'again')
  t.same(of(jobErrors.toolCrashed, 3), { kind: 'park' })
  t.same(of(jobErrors.toolStalled, 3), { kind: 'park' })
  t.same(of(jobErrors.toolFailed, 3), { kind: 'fail' })
  t.end()
})

t.test('faults of host and store are tried for ever, less and less often', (t) => {
  const waits = [1, 2, 3, 10, 1000].map((failures) => {
    const consequence = of(jobErrors.noSpace, failures)
    return consequence.kind === 'again' ? consequence.after_ms : Number.NaN
  })
  t.same(waits, waits.toSorted((a, b) => a - b))
  t.same([waits[0], waits.at(-1)], [2000, 60_000])
  t.end()
})
