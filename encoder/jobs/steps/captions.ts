import { join } from 'node:path'
import { makeCaptions } from '../../package/captions/make-captions.ts'
import { captionObjects } from '../../package/objects.ts'
import type { Plan } from '../../plan/plan.ts'
import { rational } from '../../rational.ts'
import type { Tools } from '../../tools.ts'
import { transaction } from '../database.ts'
import type { JobRow } from '../ledger.ts'
import type { WorkParts } from '../parts.ts'

/** All captions of a version as WebVTT, from the source and from files beside it. Done once; afterwards the ledger has them. */
export async function makeCaptionFiles(parts: WorkParts, row: JobRow, plan: Plan, source: string, tools: Tools, signal: AbortSignal): Promise<void> {
  const { ledger, database, publisher, area, config } = parts
  const { id, version, asset } = row
  if (plan.captions.length === 0 || ledger.step(id, 'captions') !== null) return
  parts.onStep?.(id, 'captions')
  const { captions, notes } = await makeCaptions({
    plans: plan.captions,
    source,
    origin: plan.audio?.origin ?? originOf(plan),
    duration_s: plan.duration_s,
    directory: join(area.made(id, version), `captions-${row.attempt}`),
    run: { tools, signal, stallMs: config.jobs.stall, mark: { work: area.root, job: id } },
  })
  transaction(database, () => {
    ledger.recordStep(id, 'captions', captions)
    if (notes.length > 0) ledger.change(id, { notes: [...ledger.get(id).notes, ...notes] })
    publisher.add(version, captionObjects({ asset, version }, captions))
  })
}

/** Source time of the first picture, in seconds. */
function originOf({ video }: Plan) {
  return video === null ? rational(0) : rational(video.origin_pts * video.time_base.num, video.time_base.den)
}
