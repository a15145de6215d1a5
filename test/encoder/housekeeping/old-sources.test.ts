import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { removeOldSources } from '../../../encoder/housekeeping/old-sources.ts'
import { removeOrphanedWork } from '../../../encoder/housekeeping/orphaned-work.ts'

t.test('sources go when their time is over, with folders that become empty; a dry run only says so', async (t) => {
  const directory = t.testdir({ show: { 'one.mp4': 'x' }, 'two.mp4': 'x' })
  await writeFile(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff, 0xfe])]), 'x')
  const { ctimeMs } = await stat(join(directory, 'two.mp4'))
  const at = (ms: number, dryRun = false) => removeOldSources({ directory, keep: 1000, now: ctimeMs + ms, dryRun })
  t.same(await at(500), [])
  t.same((await at(5000, true)).toSorted(), ['\\xff\\xfe', 'show/one.mp4', 'two.mp4'])
  t.equal((await readdir(directory)).length, 3)
  t.equal((await at(5000)).length, 3)
  t.same(await readdir(directory), [])
})

t.test('what somebody takes away meanwhile does not fail the rest', async (t) => {
  const names = Array.from({ length: 30 }, (_, index) => `${index}.mp4`)
  const directory = t.testdir({ show: Object.fromEntries(names.map((name) => [name, 'x'])), other: { 'one.mp4': 'x' } })
  const run = () => removeOldSources({ directory, keep: 1000, now: Date.now() + 5000, dryRun: false })
  // Each finds names gone that it has just read.
  await Promise.all([run(), run(), run()])
  t.same(await readdir(directory), [])
})

t.test('without a limit, or without the folder, nothing is removed', async (t) => {
  const directory = t.testdir({ 'one.mp4': 'x' })
  t.same(await removeOldSources({ directory, keep: 0, now: Date.now() + 1e12, dryRun: false }), [])
  t.same(await removeOldSources({ directory: join(directory, 'none'), keep: 1, now: Date.now(), dryRun: false }), [])
})

t.test('directories of jobs that have ended are removed, others never', async (t) => {
  const directory = t.testdir()
  for (const job of ['ended', 'running', 'unknown']) await mkdir(join(directory, job))
  const isNeeded = (job: string) => job === 'running'
  const isKnown = (job: string) => job !== 'unknown'
  await mkdir(join(directory, 'ended/source'))
  await mkdir(join(directory, 'ended/made'))
  await mkdir(join(directory, 'unknown/source'))
  await writeFile(join(directory, 'unknown/source/film.mp4'), 'x')
  t.same((await removeOrphanedWork({ directory, isNeeded, isKnown, dryRun: true })).toSorted(), ['ended', 'unknown'])
  t.equal((await readdir(directory)).length, 3)
  await removeOrphanedWork({ directory, isNeeded, isKnown, dryRun: false })
  t.same(await readdir(directory), ['running'])
})
