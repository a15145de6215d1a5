import t from 'tap'
import { killedAtEachStep } from '../support/crashes.ts'

t.test('kill -9 of the agent at each step of a switch (reload) leaves nothing that the next start does not end', async (t) => {
  await killedAtEachStep(t, 'reload')
})
