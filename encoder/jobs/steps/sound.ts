import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeAudio } from '../../encode/audio.ts'
import type { MadeInit, MadeSegment } from '../../encode/records.ts'
import { mediaObjects } from '../../package/objects.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Tools } from '../../tools.ts'
import { transaction } from '../database.ts'
import type { JobRow } from '../ledger.ts'
import type { WorkParts } from '../parts.ts'

export interface MadeSound {
  readonly inits: readonly MadeInit[]
  readonly segments: readonly MadeSegment[]
}

export const NO_SOUND: MadeSound = { inits: [], segments: [] }

/** All sound of a version, whole: it costs little, and is never cut in chunks. Done once; afterwards the ledger has it. */
export async function makeSound(parts: WorkParts, row: JobRow, plan: Plan, source: string, tools: Tools, signal: AbortSignal): Promise<MadeSound> {
  const { ledger, live, database, publisher, area, config } = parts
  const { id, version, asset } = row
  const recorded = soundOf(parts, id)
  if (plan.audio === null || recorded !== null) return recorded ?? NO_SOUND
  parts.onStep?.(id, 'sound')
  const directory = join(area.made(id, version), `audio-${row.attempt}`)
  await mkdir(directory, { recursive: true })
  const made = await encodeAudio({
    plan,
    source,
    directory,
    tools,
    signal,
    stallMs: config.jobs.stall,
    mark: area.mark(id),
    onProgress: (share) => live.setAudio(id, share),
  })
  const ids = new Set(plan.audio.renditions.map((rendition) => rendition.id))
  transaction(database, () => {
    ledger.recordStep(id, 'audio', made)
    publisher.add(version, mediaObjects({ asset, version }, ids, made))
  })
  parts.onStep?.(id, 'sound-recorded')
  return made
}

export function soundOf({ ledger }: Pick<WorkParts, 'ledger'>, id: string): MadeSound | null {
  return ledger.step(id, 'audio') as MadeSound | null
}
