import type { AssetDescription, AssetDocument } from './asset.ts'
import { sha256 } from './body.ts'
import type { Pointer } from './contract.ts'
import { versionPrefix } from './key.ts'
import type { PointerRow } from './ledger/switches.ts'

/** What a pointer object shall say, and its place in the order. */
export interface PlannedPointer {
  readonly key: string
  /** The version below whose folder it lies; null for those of the asset. */
  readonly version: string | null
  readonly position: number
  /** Null: it has to go. */
  readonly content: string | null
  readonly content_type: string
  readonly sha256: string
}

export interface SwitchPlan {
  /** The version that is current afterwards; null: none. */
  readonly version: string | null
  readonly document: string | null
  readonly pointers: readonly PlannedPointer[]
  /** Keys whose objects are written or removed; all others say already what they shall, proven. */
  readonly changed: readonly string[]
}

const DOCUMENT_TYPE = 'application/json'
/** Position of `asset.json`, behind any playlist. */
const LAST = 1_000_000

export function documentKey(asset: string): string {
  return `${asset}/asset.json`
}

/** `asset.json`: with the members that only the ledger knows, in the order of the design. */
export function composeDocument(description: AssetDescription, state: AssetDocument['state'], version: string, previous: readonly string[]): string {
  const { asset, ...rest } = description
  const document: AssetDocument = { asset, state, version, previous_versions: previous, ...rest }
  return documentText(document)
}

/** The document as it stands in the store. */
export function documentText(document: AssetDocument): string {
  return `${JSON.stringify(document, null, 1)}\n`
}

/**
 * Points an asset at a version: its pointers in their order, then those of the asset that the version does not have go,
 * `asset.json` last.
 */
export function planPointing(asset: string, version: string, pointers: readonly Pointer[], document: string, there: readonly PointerRow[]): SwitchPlan {
  const below = versionPrefix(asset, version)
  const wanted = pointers.map(({ key, content, content_type }, position) => planned(key, key.startsWith(below) ? version : null, position, content, content_type))
  const last = planned(documentKey(asset), null, LAST, document, DOCUMENT_TYPE)
  const named = new Set([...wanted, last].map(({ key }) => key))
  const surplus = there.filter(({ key, version: of }) => of === null && !named.has(key)).map((row, index) => removal(row, wanted.length + index))
  const all = [...wanted, ...surplus, last]
  return { version, document, pointers: all, changed: changed(all, there) }
}

/** Takes an asset out of sight: what names others goes before what it names. */
export function planRemoval(there: readonly PointerRow[]): SwitchPlan {
  const own = there.filter(({ version }) => version === null)
  const all = own.toReversed().map((row, position) => removal(row, position))
  return { version: null, document: null, pointers: all, changed: changed(all, there) }
}

/** Rewrites `asset.json` alone. */
export function planDocument(asset: string, version: string | null, document: string, there: readonly PointerRow[]): SwitchPlan {
  const all = [planned(documentKey(asset), null, LAST, document, DOCUMENT_TYPE)]
  return { version, document, pointers: all, changed: changed(all, there) }
}

/** Writes growing playlists of `of` a last time, beside `asset.json` as it is. */
export function planEndings(asset: string, of: string, current: string, document: string, endings: readonly Pointer[], there: readonly PointerRow[]): SwitchPlan {
  const ends = endings.map(({ key, content, content_type }, position) => planned(key, of, position, content, content_type))
  const { pointers, ...plan } = planDocument(asset, current, document, there)
  const all = [...ends, ...pointers]
  return { ...plan, pointers: all, changed: changed(all, there) }
}

function planned(key: string, version: string | null, position: number, content: string, content_type: string): PlannedPointer {
  return { key, version, position, content, content_type, sha256: sha256(content) }
}

function removal({ key, content_type }: PointerRow, position: number): PlannedPointer {
  return { key, version: null, position, content: null, content_type, sha256: '' }
}

function changed(all: readonly PlannedPointer[], there: readonly PointerRow[]): string[] {
  const proven = new Map(there.filter((row) => row.proven === 1).map((row) => [row.key, row]))
  return all.filter(({ key, sha256: hash, content_type }) => proven.get(key)?.sha256 !== hash || proven.get(key)?.content_type !== content_type).map(({ key }) => key)
}
