import t from 'tap'
import { killedAtRandom } from '../support/crashes.ts'

t.test('kill -9 of the agent at random times during switches (instant)', async (t) => {
  await killedAtRandom(t, 'instant')
})
