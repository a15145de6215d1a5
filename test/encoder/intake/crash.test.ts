import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { findWriters } from '../../../encoder/intake/held-open.ts'
import { recoverClaim } from '../../../encoder/intake/recover-claim.ts'
import { toFailed } from '../../../encoder/intake/finish.ts'
import { claimAll, type DoomedTask, WHY } from '../../support/doomed-intake.ts'
import { fileLedger } from '../../support/file-ledger.ts'
import { noSmallDisk, smallDisk } from '../../support/small-disk.ts'

const DOOMED = fileURLToPath(new URL('../../support/doomed-intake.ts', import.meta.url))
const FILES = { 'film.json': '{"priority": 3}', 'film.mp4': 'media', 'film.en.srt': 'captions' }

/** Runs until it has killed itself; answers its last step, or undefined when it came to its end. */
async function doomed(task: DoomedTask): Promise<string | undefined> {
  const child = spawn(process.execPath, [DOOMED, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'] } })
  let steps = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (steps += text))
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  if (signal === 'SIGKILL') return steps.trim().split('\n').at(-1)
  if (code !== 0) throw new Error(`ended with ${code ?? signal}: ${steps}`)
  return undefined
}

interface Place {
  readonly name: string
  readonly ingest: string
  readonly work: string
  readonly ledger: string
}

async function prepare(base: string, ingestBase: string, name: string): Promise<Place> {
  const place = { name, ingest: join(ingestBase, name), work: join(base, name, 'work'), ledger: join(base, name, 'ledger') }
  await mkdir(join(place.ingest, 'sub'), { recursive: true })
  await mkdir(place.work, { recursive: true })
  for (const [file, content] of Object.entries(FILES)) await writeFile(join(place.ingest, 'sub', file), content)
  return place
}

/** Kills at step 1, 2, 3 … until a run comes to its end; two at a time. */
async function killedAtEach(prepared: (name: string) => Promise<Place>, task: DoomedTask['task'], check: (place: Place, step: string) => Promise<void>): Promise<string[]> {
  const killedAfter = async (steps: number) => {
    const place = await prepared(`${task}-${steps}`)
    const step = await doomed({ ...place, steps, task })
    if (step !== undefined) await check(place, `${steps}: ${step}`)
    return step
  }
  const steps: string[] = []
  for (let next = 1; ; next += 2) {
    const pair = await Promise.all([killedAfter(next), killedAfter(next + 1)])
    steps.push(...pair.filter((step) => step !== undefined))
    if (pair.includes(undefined)) return steps
  }
}

async function treeOf(directory: string): Promise<string[]> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true })
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1)).toSorted()
}

for (const elsewhere of [false, true]) {
  const where = elsewhere ? 'from another file system' : 'on one file system'

  t.test(`killed at any step of a claim ${where}, all files are in one place or the other, and the ledger says which`, { skip: elsewhere && noSmallDisk }, async (t) => {
    const base = t.testdir()
    await using disk = elsewhere ? await smallDisk(1024) : null
    const steps = await killedAtEach((name) => prepare(base, disk?.path ?? join(base, 'ingests'), name), 'claim', async (place, step) => {
      const ledger = fileLedger(place.ledger)
      const begun = ledger.begun()
      const deps = { ingest: Buffer.from(place.ingest), work: place.work, profiles: new Set(['default']), ledger, findWriters }
      for (const claim of begun) await recoverClaim(claim, deps)
      const claimed = ledger.entries().find(({ kind }) => kind === 'claimed')
      const left = await treeOf(place.ingest)
      if (claimed?.kind === 'claimed') {
        t.same(left, [], `${step}: nothing is left behind`)
        t.match(claimed.source, { name: 'sub/film.mp4', asset: 'sub/film', options: { priority: 3 }, captions: [{ language: 'en' }], fault: null }, step)
        t.equal(await readFile(claimed.source.path, 'utf8'), 'media', step)
        t.same((await readdir(claimed.source.directory)).toSorted(), ['captions-0.srt', 'options.json', 'source.mp4'], step)
      } else {
        t.same(left, Object.keys(FILES).map((name) => `sub/${name}`).toSorted(), `${step}: all is where it was`)
        t.same(await treeOf(join(place.work, 'jobs')), [], step)
      }
      t.same(ledger.begun(), [], `${step}: nothing is undecided`)
      for (const claim of begun) await recoverClaim(claim, { ...deps, ledger: { ...ledger, claimed: () => {}, withdrawn: () => {} } })
      t.same(await treeOf(place.ingest), left, `${step}: once more changes nothing`)
    })
    t.match(steps.join(), elsewhere ? /begun.*copied.*moved 2.*synced.*unlinked/ : /begun.*moved 0.*moved 1.*moved 2.*verified.*synced/)
  })

  t.test(`killed at any step of giving a source back ${where}, it ends there once and whole`, { skip: elsewhere && noSmallDisk }, async (t) => {
    const base = t.testdir()
    await using disk = elsewhere ? await smallDisk(1024) : null
    const prepared = async (name: string) => {
      const place = await prepare(base, disk?.path ?? join(base, 'ingests'), name)
      await claimAll(place)
      await mkdir(join(place.ingest, 'failed/sub'), { recursive: true })
      await writeFile(join(place.ingest, 'failed/sub/film.en.srt'), 'an older one')
      return place
    }
    const steps = await killedAtEach(prepared, 'failed', async (place, step) => {
      const entry = fileLedger(place.ledger).entries().find(({ kind }) => kind === 'claimed')
      if (entry?.kind !== 'claimed') throw new Error('nothing was claimed')
      const { path } = await toFailed(entry.source, WHY, { job: entry.job, ingest: { directory: place.ingest, after: 'keep' }, work: place.work })
      t.equal(path, join(place.ingest, 'failed/sub/film (2).mp4'), step)
      t.same(await treeOf(place.ingest), ['film (2).en.srt', 'film (2).json', 'film (2).mp4', 'film (2).mp4.why.txt', 'film.en.srt'].map((name) => `failed/sub/${name}`), step)
      t.equal(await readFile(join(place.ingest, 'failed/sub/film (2).en.srt'), 'utf8'), 'captions', step)
      t.match(await readFile(join(place.ingest, 'failed/sub/film (2).mp4.why.txt'), 'utf8'), /^It is broken\.\nWhat to do: Mend it\.\n/, step)
      t.same(await treeOf(dirname(entry.source.directory)), ['finish.json'], `${step}: the plan alone is left, for whoever asks again`)
    })
    t.match(steps.join(), /planned.*why written.*placed 0.*placed 1.*placed 2/)
  })
}
