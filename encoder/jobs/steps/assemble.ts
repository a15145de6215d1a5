import type { MadeChunk } from '../../encode/records.ts'
import type { MadeCaptions, MadePictures } from '../../package/made.ts'
import { packageVersion, type Packaged } from '../../package/package.ts'
import type { Plan } from '../../plan/plan.ts'
import type { JobRow } from '../ledger.ts'
import type { WorkParts } from '../parts.ts'
import { NO_SOUND, soundOf } from './sound.ts'

/** Step that is recorded before growing playlists are first shown: from then on players may be on them. */
export const EARLY = 'early'

/** Playlists, manifest and description of what the ledger has of a version so far, or of all of it. */
export function assemble({ ledger }: Pick<WorkParts, 'ledger'>, { id, asset, version, claim, source_sha256: sha256 }: JobRow, plan: Plan, state: 'encoding' | 'ready', chunks: readonly MadeChunk[]): Packaged {
  const sound = soundOf({ ledger }, id)
  return packageVersion({
    asset,
    version,
    state,
    published_early: ledger.step(id, EARLY) !== null,
    plan,
    audio_complete: sound !== null || plan.audio === null,
    source: { name: claim.name, size: claim.size, sha256: sha256 ?? '' },
    inits: [...(chunks[0]?.inits ?? []), ...(sound ?? NO_SOUND).inits],
    segments: [...chunks.flatMap(({ segments }) => segments), ...(sound ?? NO_SOUND).segments],
    captions: (ledger.step(id, 'captions') ?? []) as MadeCaptions[],
    pictures: ledger.step(id, 'pictures') as MadePictures | null,
  })
}
