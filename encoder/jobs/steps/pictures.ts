import { join } from 'node:path'
import { makePictures } from '../../package/pictures/make-pictures.ts'
import { pictureObjects } from '../../package/objects.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Tools } from '../../tools.ts'
import { transaction } from '../database.ts'
import type { JobRow } from '../ledger.ts'
import type { WorkParts } from '../parts.ts'

/** Poster and storyboard of a version, from what was encoded of it. Done once; afterwards the ledger has them. */
export async function makePictureFiles(parts: WorkParts, row: JobRow, plan: Plan, tools: Tools, signal: AbortSignal): Promise<void> {
  const { ledger, database, publisher, area, config } = parts
  const { id, version, asset } = row
  if (plan.pictures === null || plan.video === null || ledger.step(id, 'pictures') !== null) return
  parts.onStep?.(id, 'pictures')
  const chunks = ledger.chunks(id)
  const pictures = await makePictures({
    plan,
    inits: chunks[0]?.inits ?? [],
    segments: chunks.flatMap(({ segments }) => segments),
    directory: join(area.made(id, version), `pictures-${row.attempt}`),
    run: { tools, signal, stallMs: config.jobs.stall, mark: { work: area.root, job: id } },
  })
  transaction(database, () => {
    ledger.recordStep(id, 'pictures', pictures)
    publisher.add(version, pictureObjects({ asset, version }, pictures))
  })
}
