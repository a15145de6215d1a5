import type { Publisher } from './contract.ts'

/** Something in the store that is not as the ledger has it. */
export interface StoreFault {
  readonly asset: string
  readonly version: string | null
  /** Players of today need it; else it belongs to an older version that could be gone back to. */
  readonly current: boolean
  readonly key: string
  /** `missing` · `size`, `hash`: something else lies there · `headers`: content type or Cache-Control differ · `reference`: a playlist names what is not stored. */
  readonly what: 'missing' | 'size' | 'hash' | 'headers' | 'reference'
  readonly detail: string
}

export interface VerifyReport {
  readonly assets: number
  readonly versions: number
  readonly objects: number
  readonly bytes: number
  readonly faults: readonly StoreFault[]
}

export interface RepairReport {
  /** Put right, and read back. */
  readonly repaired: readonly StoreFault[]
  /** What is still wrong: the files are not in the work area any more. Encode these assets again. */
  readonly beyond_repair: readonly StoreFault[]
}

export interface ReconcileReport {
  readonly objects: number
  readonly versions: number
  /** Had gone from the store and are stored again from the work area; pointers are written again. */
  readonly restored: readonly string[]
  /** Had gone from the store, and from the work area too. */
  readonly missing: readonly string[]
  /** Had been deleted and were there all the same: removed again. */
  readonly removed: readonly string[]
  /** Not in the ledger: left alone. At most 1,000 are named. */
  readonly unknown: readonly string[]
  readonly unknown_count: number
  /** Leftovers of interrupted uploads that were removed. */
  readonly tidied: number
}

export interface CollectReport {
  readonly versions: readonly { readonly asset: string; readonly version: string; readonly objects: number; readonly bytes: number }[]
  /** Objects that were removed from the store. */
  readonly removed: number
}

/** What housekeeping and `greenroom-encoder publish` do with the store. All of it can be interrupted anywhere and run again. */
export interface PublisherAdmin extends Publisher {
  /** Reads every object back and compares it with the ledger, and every playlist with what it names. Changes nothing. Throws JobErrors where the store cannot be asked. */
  verify(asset: string | undefined, signal: AbortSignal): Promise<VerifyReport>
  /** Verifies, and stores again from the work area what is missing or wrong. */
  repair(asset: string | undefined, signal: AbortSignal): Promise<RepairReport>
  /** Compares the ledger with a listing of the store, reports differences, and mends them where that is safe. */
  reconcile(signal: AbortSignal): Promise<ReconcileReport>
  /** Deletes versions that no pointer, no `keep_versions` and no grace holds, from the ledger. */
  collectVersions(signal: AbortSignal, options?: { readonly dryRun?: boolean }): Promise<CollectReport>
  /** Resolves when no switch of pointers is open and every notice has been told. */
  settled(signal: AbortSignal): Promise<void>
}
