import type { AssetDescription, AssetDocument } from './asset.ts'

/** An object that is written once and never changes; its key holds a hash of its content. */
export interface NewObject {
  /** Below the store's prefix: `<asset>/<version>/v720/00012-3f….m4s`. */
  readonly key: string
  /** Absolute path of the file in the work area; it stays there until the object is stored. */
  readonly path: string
  readonly bytes: number
  readonly sha256: string
  readonly content_type: string
}

/** A small mutable object. `cache_control` is `public, max-age=5` for all of them. */
export interface Pointer {
  readonly key: string
  readonly content: string
  readonly content_type: string
}

export interface NewVersion {
  /** Asset name as it stands in keys. */
  readonly asset: string
  /** Unique for ever: the job's id in lower case. */
  readonly version: string
  readonly job: string
  readonly source_name: string
  readonly source_size: number
  readonly source_sha256: string
  readonly profile: string
  readonly profile_hash: string
}

/** What `point` makes the asset's pointers say. */
export interface Pointing {
  /** `encoding`: a new asset that grows (early publishing). `ready`: complete; never changes again. */
  readonly state: 'encoding' | 'ready'
  /** Written in this order: growing playlists under `<version>/early/`, then `master.m3u8`, then `manifest.mpd`; `asset.json` goes last and is made by the publisher. */
  readonly pointers: readonly Pointer[]
  readonly description: AssetDescription
}

/** Why nothing is being stored right now. */
export interface PublishProblem {
  readonly code: string
  readonly fault: 'environment' | 'destination'
  readonly message: string
  readonly advice: string
  /** RFC 3339. */
  readonly since: string
  /** When it is tried again, RFC 3339; null where it waits for a change of configuration or credentials. */
  readonly retry_at: string | null
}

export interface VersionRecord extends NewVersion {
  readonly state: 'encoding' | 'ready' | 'abandoned' | 'deleting' | 'deleted'
  readonly current: boolean
  readonly objects: number
  readonly bytes: number
  readonly created_at: string
  readonly ready_at: string | null
  /** When it may be deleted; null while it is current or no end is set. */
  readonly grace_ends_at: string | null
}

export interface AssetRecord {
  readonly asset: string
  readonly current: string | null
  readonly document: AssetDocument | null
  /** The newest first. */
  readonly versions: readonly VersionRecord[]
}

/** Assets by name, a page at a time. */
export interface AssetPage {
  /** The last name of the page before; empty for the first. */
  readonly after: string
  readonly limit: number
}

export interface AssetList {
  /** How many there are in all. */
  readonly total: number
  readonly assets: readonly AssetRecord[]
}

/**
 * Carries versions into the store: an outbox of objects (a row before the first byte leaves), the switch of the
 * pointers, and the ledger of what lies there. Methods without a promise write the ledger and return; all are
 * idempotent, so that a restart may call them again.
 */
export interface Publisher {
  /** Enters a version into the ledger, before anything of it is made. */
  begin(version: NewVersion): void
  /** Objects to store. The same key again with the same hash is nothing new; with another hash it throws. */
  add(version: string, objects: readonly NewObject[]): void
  /**
   * Resolves once every object added so far is stored and was read back. Faults of store and host are waited out; rejects
   * with the signal's reason, or with a JobError `internal` when a work file is not what was added.
   */
  stored(version: string, signal: AbortSignal): Promise<void>
  /** Objects and bytes of a version: added, and stored so far. */
  progress(version: string): { readonly objects: number; readonly stored: number; readonly bytes: number; readonly stored_bytes: number }
  /**
   * Switches the asset's pointers, journaled, `asset.json` last. Call it when all that they name is stored. Aborted, it
   * stops waiting; a switch that is written down goes on. `withheld`: another version must stay in view. A growing
   * version then shows nothing; a ready one is ready, and can be gone back to.
   */
  point(version: string, pointing: Pointing, signal: AbortSignal): Promise<'pointed' | 'withheld'>
  /** Writes growing playlists of a ready version a last time, with their end. Idempotent; waits as `point` does. */
  end(version: string, endings: readonly Pointer[], signal: AbortSignal): Promise<void>
  /** The version will never be ready: a growing asset's pointers go, then its objects (by housekeeping). A version that is ready already stays. Resolves when that is written down; the store may be away. */
  abandon(version: string): Promise<void>
  /** The version of this asset that was made of the same bytes by the same profile and is ready, if there is one. */
  findPublished(asset: string, source_sha256: string, profile_hash: string): VersionRecord | null
  /** How many objects of a version have gone from the store, or are not whole. Throws JobErrors where the store cannot be asked. */
  lost(version: string, signal: AbortSignal): Promise<number>
  /** Makes an older ready version current again, with proof. */
  rollback(asset: string, to?: string): Promise<AssetRecord>
  assets(page: AssetPage): AssetList
  asset(name: string): AssetRecord | null
  /** What keeps objects from being stored; null while all goes well. */
  problem(): PublishProblem | null
  /** Somebody may have mended what it is: tries again at once. */
  retry(): void
  /** Rows not stored yet, all versions; and changes of pointers that `after_publish` has not been told of. */
  waiting(): { readonly objects: number; readonly bytes: number; readonly notices: number }
  /** Told whenever an asset's record changes. Answers the way to unsubscribe. */
  subscribe(listener: (asset: string) => void): () => void
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
