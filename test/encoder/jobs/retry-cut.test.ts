import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { removeOrphanedWork } from '../../../encoder/housekeeping/orphaned-work.ts'
import { openDatabase } from '../../../encoder/jobs/database.ts'
import { fetchBack } from '../../../encoder/jobs/finish.ts'
import { JobLedger } from '../../../encoder/jobs/ledger.ts'
import { claimOf } from '../../support/claims.ts'

/** A job that failed: its source and captions lie in `failed/`. */
async function failedJob(t: Test) {
  const base = t.testdir({ failed: { 'film.mp4': 'media', 'film.en.srt': 'words', 'film.mp4.why.txt': 'why' }, jobs: {} })
  const database = openDatabase(join(base, 'ledger.sqlite'))
  t.teardown(() => database.close())
  const ledger = new JobLedger(database)
  const [id = ''] = ledger.begin([claimOf('film.mp4')])
  const [failed, jobs] = [join(base, 'failed'), join(base, 'jobs')]
  const directory = join(jobs, id, 'source')
  const names = ['film.mp4', 'film.en.srt']
  const source = {
    directory, path: join(directory, 'film.mp4'), name: 'film.mp4', name_bytes: '', size: 5, mtime_ms: 0, profile: 'default', asset: 'film', options: {}, captions: [], fault: null,
    files: names.map((name) => ({ path: join(directory, name), name_bytes: Buffer.from(name).toString('base64') })),
  }
  ledger.enter(id, 'queued', 'claimed', { source })
  ledger.enter(id, 'probing', '')
  ledger.enter(id, 'failed', 'no good', { resting_place: JSON.stringify(names.map((name) => Buffer.from(join(failed, name)).toString('base64'))) })
  const tidy = () => removeOrphanedWork({ directory: jobs, isNeeded: () => false, isKnown: (job) => ledger.find(job) !== null, dryRun: false })
  return { ledger, id, failed, directory, tidy }
}

t.test('a retry that was cut before the ledger knew of it does not cost the source: housekeeping leaves it, the next retry takes it', async (t) => {
  const { ledger, id, failed, directory, tidy } = await failedJob(t)
  await fetchBack(ledger.get(id))
  t.same(await tidy(), [], 'the ledger still says failed, and the only copy lies in the work area')
  await fetchBack(ledger.get(id))
  t.equal(await readFile(join(directory, 'film.mp4'), 'utf8'), 'media')
  t.equal(await readFile(join(directory, 'film.en.srt'), 'utf8'), 'words')
  t.same(await readdir(failed), [])
})

t.test('a retry that failed on its second file is ended by the next one, and does not touch what took the first one’s name meanwhile', async (t) => {
  const { ledger, id, failed, directory } = await failedJob(t)
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'film.mp4'), 'the source itself')
  await fetchBack(ledger.get(id))
  t.equal(await readFile(join(directory, 'film.mp4'), 'utf8'), 'the source itself')
  t.equal(await readFile(join(directory, 'film.en.srt'), 'utf8'), 'words')
  t.same((await readdir(failed)).toSorted(), ['film.mp4', 'film.mp4.why.txt'])
})

t.test('a source that is at neither place is told before anything is moved', async (t) => {
  const { ledger, id, failed, directory } = await failedJob(t)
  const row = ledger.get(id)
  const elsewhere = { ...row, resting_place: JSON.stringify([join(failed, 'film.mp4'), join(failed, 'gone.srt')].map((path) => Buffer.from(path).toString('base64'))) }
  await t.rejects(fetchBack(elsewhere), { message: /no longer where it was put/ })
  t.ok((await readdir(failed)).includes('film.mp4'))
  await t.rejects(readdir(directory), { code: 'ENOENT' })
})
