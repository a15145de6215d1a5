import { Problem } from '../../../shared/errors/problem.ts'
import { JobError, jobErrors } from '../../job-errors.ts'
import type { VersionRecord } from '../../publish/contract.ts'
import type { JobRow } from '../ledger.ts'
import type { WorkParts } from '../parts.ts'

/** What was made of the same source by the same recipe before. */
export interface PublishedBefore {
  readonly version: VersionRecord
  /** For a person. */
  readonly note: string
  /** It is in front of viewers, whole; else it has to be made anew. */
  readonly stands: boolean
}

/** Looks for it, and makes it current again where it is not. Null: there is none. @throws JobError of the store, where it has to be asked and cannot be */
export async function publishedBefore({ publisher }: Pick<WorkParts, 'publisher'>, { asset }: JobRow, sourceSha256: string, recipeHash: string, signal: AbortSignal): Promise<PublishedBefore | null> {
  const version = publisher.findPublished(asset, sourceSha256, recipeHash)
  if (version === null) return null
  const lost = await publisher.lost(version.version, signal).catch((error: unknown) => {
    // It was whole when it was published, and that is enough for what nobody changes.
    if (version.current && error instanceof JobError) return 0
    throw error
  })
  if (lost > 0) return { version, stands: false, note: `Version ${version.version}, made of the same content before, lacks ${lost} of its objects in the store: it is made anew` }
  // Also where it is current: a switch to another version may be under way.
  await publisher.rollback(asset, version.version).catch(waitedOut)
  const again = version.current ? '' : ', which was made current again'
  return { version, stands: true, note: `The same content was published before, as version ${version.version}${again}: nothing had to be encoded` }
}

/** A store that is away is no reason to give the source up. */
function waitedOut(error: unknown): never {
  if (!(error instanceof Problem)) throw error
  if (error.cause instanceof JobError) throw error.cause
  throw new JobError(jobErrors.storeFailed, error.message, 'It is tried again by itself.', {}, error)
}
