import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { limit } from '../../../agent/gates/limit.ts'

t.test('runs tasks in their order, never more at a time than told, also after failures', async (t) => {
  const inTurn = limit(2)
  let running = 0
  let most = 0
  const started: number[] = []
  const tasks = Array.from({ length: 10 }, (_, index) =>
    inTurn(async () => {
      started.push(index)
      most = Math.max(most, ++running)
      await turn()
      running--
      if (index % 3 === 0) throw new Error(`task ${index}`)
      return index
    }),
  )
  const results = await Promise.allSettled(tasks)
  t.same(started, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  t.equal(most, 2)
  t.equal(results.filter(({ status }) => status === 'rejected').length, 4)
  t.equal(await inTurn(async () => 'still working'), 'still working')
})
