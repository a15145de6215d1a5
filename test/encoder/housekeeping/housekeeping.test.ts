import t from 'tap'
import { startHousekeeping } from '../../../encoder/housekeeping/housekeeping.ts'
import { storeTasks } from '../../../encoder/housekeeping/store-tasks.ts'
import type { HousekeepingTask } from '../../../encoder/housekeeping/task.ts'
import { memoryDirectory } from '../../support/memory-directory.ts'
import { directoryConfig, makeVersion, publish, testPublisher } from '../../support/publisher.ts'

const QUIET = { info() {}, warn() {}, error() {} }
const NIGHTLY = '30 3 * * *'

t.test('old versions go and differences are told, each in a sentence', async (t) => {
  const root = await memoryDirectory(t)
  await using of = await testPublisher(`${root}/.work`, directoryConfig(root, { keep_versions: 0 }))
  await publish(of.publisher, makeVersion(of.work, 'film'))
  await publish(of.publisher, makeVersion(of.work, 'film'))
  await using housekeeping = startHousekeeping(storeTasks(of.publisher, { versions: NIGHTLY, reconcile: NIGHTLY }), QUIET)
  t.match(await housekeeping.run('versions', { dryRun: true }), { summary: /^1 old version \(4 objects, 0\.0 MB\) would be deleted$/ })
  t.equal(of.publisher.asset('film')?.versions[1]?.state, 'ready', 'a dry run changes nothing')
  t.match(await housekeeping.run('versions'), { summary: '1 old version (4 objects, 0.0 MB) marked, 4 objects deleted' })
  t.match(await housekeeping.run('reconcile'), { summary: '7 objects in the store: all as in the ledger', attention: false })
  await of.store.remove('film/master.m3u8', AbortSignal.timeout(5000))
  t.match(await housekeeping.run('reconcile'), { summary: '6 objects in the store: 1 stored again', attention: true })
  t.match(housekeeping.due(), [{ name: 'versions', at: /T03:30:00.000Z$/ }, { name: 'reconcile', at: /T03:30:00.000Z$/ }], 'cron lines are in UTC')
  await t.rejects(housekeeping.run('dishes'), { message: /there are versions, reconcile/ })
})

t.test('a run is joined by whoever asks for it meanwhile, a failure is told, and a stop interrupts', async (t) => {
  let runs = 0
  const task: HousekeepingTask = {
    name: 'slow',
    cron: '* * * * * *',
    run: (signal) =>
      new Promise((_, reject) => {
        runs += 1
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      }),
  }
  const { promise: failed, resolve } = Promise.withResolvers<string>()
  const broken: HousekeepingTask = { name: 'broken', cron: '* * * * * *', run: async () => Promise.reject(new Error('the disk is gone')) }
  const housekeeping = startHousekeeping([task, broken], { ...QUIET, error: (...words: unknown[]) => resolve(String(words[1])) })
  t.match(await failed, /housekeeping: broken failed and is tried again at its next time: the disk is gone/, 'the clock runs it')
  const [first, second] = [housekeeping.run('slow'), housekeeping.run('slow')]
  t.equal(runs, 1)
  await Promise.all([t.rejects(first, { message: /stopping/ }), t.rejects(second, { message: /stopping/ }), housekeeping.stop()])
})
