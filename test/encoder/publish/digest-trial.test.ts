import t from 'tap'
import { JobError, jobErrors } from '../../../encoder/job-errors.ts'
import { digestTrial } from '../../../encoder/publish/minio/digest-trial.ts'
import { NEVER } from '../../support/publisher.ts'

// Against real servers: stores.test.ts.
const refusal = (code: string, status: number) => new JobError(jobErrors.storeFailed, 'It refuses.', 'Wait.', { code, status })
const key = (name: string) => name

t.test('a refusal that says why proves it once and for all; one of another kind proves nothing and is tried again', async (t) => {
  const answers = [refusal('RequestTimeout', 400), refusal('AccessDenied', 403), refusal('XAmzContentChecksumMismatch', 400)]
  const { compares } = digestTrial(async () => Promise.reject(answers.shift() ?? new Error('asked once too often')), key)
  t.same([await compares(NEVER), await compares(NEVER), await compares(NEVER), await compares(NEVER)], [false, false, true, true])
})

t.test('whoever stops waiting for it stops nobody else who does', async (t) => {
  const asked: AbortSignal[] = []
  const { compares } = digestTrial(
    async (_call, signal) => {
      asked.push(signal)
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    },
    key,
  )
  const stop = new AbortController()
  const [first, second] = [compares(stop.signal), compares(NEVER)]
  stop.abort(new Error('enough'))
  await t.rejects(first, { message: 'enough' })
  t.equal(await second, false, 'nothing is known, and nothing is wrong')
  t.equal(asked.length, 1)
})
