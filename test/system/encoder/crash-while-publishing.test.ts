import t from 'tap'
import { JOB_STEPS } from '../../../encoder/jobs/steps.ts'
import { surviveCrashes } from '../../support/encoder-crashes.ts'

// A job does not always come to `point-early` and `tell-end`: where encoding is quicker than the store, nothing is shown early.
t.test('killed at each step from the pictures to the end, the encoder takes up the job at its next start, and finishes it', { timeout: 290_000 }, async (t) => {
  await surviveCrashes(t, JOB_STEPS.slice(JOB_STEPS.indexOf('point-early') + 1).filter((step) => step !== 'tell-end'))
})
