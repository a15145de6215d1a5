import { mkdir } from 'node:fs/promises'
import { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import { lstatIfThere, removeIfThere } from '../intake/disk.ts'
import { toDone, toFailed, type Finished } from '../intake/finish.ts'
import { withEnding } from '../intake/numbered-name.ts'
import { placeFile } from '../intake/place.ts'
import type { ClaimedSource } from '../intake/contract.ts'
import type { JobRow } from './ledger.ts'
import type { WorkParts } from './parts.ts'
import { tellTheEnd } from './steps/publish-version.ts'

/** Puts the source of a job away: to `done/`, or to `failed/` with what is wrong beside it. Begins again where a crash left it. */
export async function finish(parts: WorkParts, row: JobRow, signal: AbortSignal): Promise<void> {
  const { ledger, publisher, area } = parts
  const { id, source, error, cancelled_by: cancelled, version } = row
  if (source === null) throw new Error(`job ${id} is to be finished and has no source`)
  const failed = error !== null || cancelled !== null
  parts.onStep?.(id, 'finish')
  // What was stored of it goes before its source: a growing asset that nobody finishes must not stay in front of viewers.
  if (failed && row.plan !== null) await publisher.abandon(version)
  await tellTheEnd(parts, row, signal)
  parts.onStep?.(id, 'put-away')
  // Once it is written where the source is, there is nothing left to give back: its directory may be gone already.
  if (row.resting_place === null) {
    const finished = failed ? await putAside(parts, row, source) : await toDone(source, depsOf(parts, id))
    ledger.change(id, { resting_place: JSON.stringify(finished.files) })
  }
  parts.onStep?.(id, 'remove-work')
  await area.remove(id)
  parts.onStep?.(id, 'end')
  if (error !== null) ledger.enter(id, 'failed', error.message)
  else if (cancelled !== null) ledger.enter(id, 'cancelled', `cancelled by ${cancelled}`)
  else ledger.enter(id, 'done', 'the source is put away')
}

function depsOf({ config, area }: WorkParts, job: string) {
  const { directory, done, failed, after } = config.ingest
  return { job, work: area.root, ingest: { directory, after, ...(done === undefined ? {} : { done }), ...(failed === undefined ? {} : { failed }) } }
}

async function putAside(parts: WorkParts, { id, error, cancelled_by: cancelled, claim }: JobRow, source: ClaimedSource): Promise<Finished> {
  const why = error ?? { code: 'cancelled', message: `it was cancelled by ${cancelled}`, advice: `Drop it again, or run greenroom-encoder retry ${id}.`, at_s: null }
  const { code, message, advice, at_s } = why
  const last = parts.ledger.attempts(id).at(-1)
  return toFailed(source, { code, message: `${claim.name}: ${message}`, advice, at_s, job: id, at: new Date(), last_lines: last?.stderr_tail ?? '' }, depsOf(parts, id))
}

/**
 * Brings a source that was put away back into the work area, for a retry. Files that lie there already were brought by a
 * retry that was cut before the ledger knew of it. @throws Problem `job_state` when one is at neither place any more
 */
export async function fetchBack({ id, source, resting_place: place, claim }: JobRow): Promise<void> {
  const paths = (JSON.parse(place ?? '[]') as string[]).map((path) => Buffer.from(path, 'base64'))
  const [first] = paths
  const moves = (source?.files ?? []).flatMap((file, index) => {
    const from = paths[index]
    return from === undefined ? [] : [{ from, to: Buffer.from(file.path), temporary: `greenroom-${id}-${index}` }]
  })
  const there = await Promise.all(moves.map(async ({ from, to }) => ((await lstatIfThere(from)) ?? (await lstatIfThere(to))) !== undefined))
  if (source === null || first === undefined || there.includes(false)) {
    throw new Problem(errors.jobState, `Job ${id} cannot be retried: its source is no longer where it was put. Drop ${claim.name} into the ingest folder again.`, { job: id })
  }
  await mkdir(source.directory, { recursive: true })
  for (const { from, to, temporary } of moves) {
    if ((await lstatIfThere(from)) !== undefined) await placeFile(from, to, { temporary })
  }
  // Under the name may lie another source by now, with a note of its own.
  if ((await lstatIfThere(first)) === undefined) await removeIfThere(withEnding(first, '.why.txt'))
}
