import { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import { lstatIfThere, makeFolders } from '../intake/disk.ts'
import { componentsOf, joinBytes, parentOf } from '../intake/path-bytes.ts'
import { placeFile } from '../intake/place.ts'
import type { JobRow } from './ledger.ts'

/**
 * Puts the kept source of an asset back into the ingest folder, with all that came with it: intake takes it like any
 * other, and the profile of today decides what is made. Answers its name there.
 * @throws Problem `job_state` when the source is not kept, or its name in the ingest folder is taken
 */
export async function dropAgain({ id, asset, source, resting_place: place, claim }: JobRow, ingest: string): Promise<string> {
  const kept = (JSON.parse(place ?? '[]') as string[]).map((path) => Buffer.from(path, 'base64'))
  const files = (source?.files ?? []).map(({ name_bytes: name }, index) => ({ from: kept[index], below: Buffer.from(name, 'base64') }))
  const [main] = files
  if (main?.from === undefined || (await lstatIfThere(main.from)) === undefined) {
    throw new Problem(errors.jobState, `The source of ${asset} is not kept: it is no longer where job ${id} put it. Drop ${claim.name} into the ingest folder again.`, { asset, job: id })
  }
  // Options and captions first, so that the source never is there without.
  for (const { from, below } of files.toReversed()) {
    if (from === undefined) continue
    await makeFolders(ingest, componentsOf(parentOf(below)))
    if (!(await placeFile(from, joinBytes(ingest, below), { temporary: `greenroom-${id}-again` }))) {
      throw new Problem(errors.jobState, `${claim.name} is in the ingest folder already, so the kept source cannot be put there.`, { asset, job: id })
    }
  }
  return claim.name
}
