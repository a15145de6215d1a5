import { claimBatch } from '../../encoder/intake/claim.ts'
import { toFailed } from '../../encoder/intake/finish.ts'
import { findWriters } from '../../encoder/intake/held-open.ts'
import { judge } from '../../encoder/intake/judge.ts'
import { scanFolder } from '../../encoder/intake/scan.ts'
import { track } from '../../encoder/intake/tracked.ts'
import { fileLedger } from './file-ledger.ts'

/** Kills itself with SIGKILL right after the nth step of a claim, or of giving a source back. */
export interface DoomedTask {
  readonly ingest: string
  readonly work: string
  readonly ledger: string
  /** Number of steps that it lives for; it ends by itself when there are fewer. */
  readonly steps: number
  readonly task: 'claim' | 'failed'
}

export const WHY = { message: 'It is broken.', advice: 'Mend it.', code: 'damaged', job: 'job-0', at: new Date(0) }

/** Claims all that is in the folder, at once. */
export async function claimAll({ ingest, work, ledger: file }: Pick<DoomedTask, 'ingest' | 'work' | 'ledger'>, onStep: (step: string) => void = () => {}): Promise<void> {
  const root = Buffer.from(ingest)
  const files = track(new Map(), await scanFolder(root, (below) => /^(?:done|failed)$/.test(below.toString())), { elapsed: 0, wall: 0 })
  await claimBatch(judge(files, 0, 0).ready, { ingest: root, work, profiles: new Set(['default']), ledger: fileLedger(file), findWriters, begun: new Map(), onStep })
}

if (process.argv[1] === import.meta.filename) {
  const { steps, task, ...place } = JSON.parse(process.argv[2] ?? '') as DoomedTask
  let step = 0
  const onStep = (name: string) => {
    process.stdout.write(`${name}\n`)
    if (++step >= steps) process.kill(process.pid, 'SIGKILL')
  }
  if (task === 'claim') await claimAll(place, onStep)
  else {
    const entry = fileLedger(place.ledger).entries().find(({ kind }) => kind === 'claimed')
    if (entry?.kind !== 'claimed') throw new Error('nothing was claimed')
    await toFailed(entry.source, WHY, { job: entry.job, ingest: { directory: place.ingest, after: 'keep' }, work: place.work, onStep })
  }
}
