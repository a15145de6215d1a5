import t from 'tap'
import { JOB_STEPS } from '../../../encoder/jobs/steps.ts'
import { surviveCrashes } from '../../support/encoder-crashes.ts'

t.test('killed at each step from the probe to the chunks, the encoder takes up the job at its next start, and finishes it', { timeout: 290_000 }, async (t) => {
  await surviveCrashes(t, JOB_STEPS.slice(0, JOB_STEPS.indexOf('point-early')))
})
