import type { StoreFault, VerifyReport } from './admin.ts'
import type { ObjectLedger, ObjectRow } from './ledger/objects.ts'
import type { SwitchLedger } from './ledger/switches.ts'
import type { VersionLedger, VersionRow } from './ledger/versions.ts'
import { OBJECT_CACHE } from './outbox.ts'
import { inParallel } from '../in-parallel.ts'
import { references } from './references.ts'
import type { Store } from './store.ts'
import { POINTER_CACHE } from './switching.ts'

export interface VerifyParts {
  readonly versions: VersionLedger
  readonly objects: ObjectLedger
  readonly switches: SwitchLedger
  readonly store: Store
  readonly concurrency: number
}

type Found = Pick<StoreFault, 'what' | 'detail'>

/** Compares what lies in the store with the ledger: every stored object, every proven pointer, and what playlists name. */
export async function verify(parts: VerifyParts, assets: readonly string[], signal: AbortSignal): Promise<VerifyReport> {
  const { versions } = parts
  const faults: StoreFault[] = []
  const sum = { versions: 0, objects: 0, bytes: 0 }
  for (const asset of assets) {
    for (const version of versions.ofAsset(asset)) {
      if (version.state !== 'ready' && version.state !== 'encoding') continue
      sum.versions += 1
      faults.push(...(await verifyVersion(parts, version, sum, signal)))
    }
    faults.push(...(await verifyPointers(parts, asset, signal)))
  }
  return { assets: assets.length, ...sum, faults }
}

async function verifyVersion(parts: VerifyParts, { asset, version, state }: VersionRow, sum: { objects: number; bytes: number }, signal: AbortSignal): Promise<StoreFault[]> {
  const { versions, objects, store, concurrency } = parts
  const faults: StoreFault[] = []
  const current = version === versions.current(asset)
  const rows = objects.of(version).filter((row) => row.state !== 'waiting' || state === 'ready')
  await inParallel(rows, concurrency, async (row) => {
    sum.objects += 1
    sum.bytes += row.bytes
    const found = (await compare(store, row, row.content_type, OBJECT_CACHE, signal)) ?? (await unresolved(parts, row.key, () => store.read(row.key, signal)))
    if (found !== null) faults.push({ asset, version, current, key: row.key, ...found })
  })
  return faults
}

async function verifyPointers(parts: VerifyParts, asset: string, signal: AbortSignal): Promise<StoreFault[]> {
  const { versions, switches, store } = parts
  const faults: StoreFault[] = []
  for (const pointer of switches.pointers(asset)) {
    const { key, version, content, content_type } = pointer
    // What an open switch has not proven is being written right now; what none has is withheld, and that is to be told.
    if (content === null || (pointer.proven === 0 && switches.open(asset) !== null)) continue
    const wanted = { key, sha256: pointer.sha256, bytes: Buffer.byteLength(content) }
    const found = (await compare(store, wanted, content_type, POINTER_CACHE, signal)) ?? (await unresolved(parts, key, async () => Buffer.from(content)))
    if (found !== null) faults.push({ asset, version, current: version === null || version === versions.current(asset), key, ...found })
  }
  return faults
}

/** What is wrong with what lies under a key; null where nothing is. */
export async function compare(store: Store, wanted: Pick<ObjectRow, 'key' | 'bytes' | 'sha256'>, contentType: string, cacheControl: string, signal: AbortSignal): Promise<Found | null> {
  const there = await store.head(wanted.key, signal)
  if (there === null) return { what: 'missing', detail: 'nothing lies under this key' }
  if (there.bytes !== wanted.bytes) return { what: 'size', detail: `${there.bytes} bytes instead of ${wanted.bytes}` }
  const hash = there.sha256 ?? (await store.hash(wanted.key, signal))
  if (hash === null) return { what: 'missing', detail: 'nothing lies under this key' }
  if (hash !== wanted.sha256) return { what: 'hash', detail: `the content has the SHA-256 ${hash} instead of ${wanted.sha256}` }
  if (there.content_type !== null && there.content_type !== contentType) return { what: 'headers', detail: `Content-Type is ${there.content_type} instead of ${contentType}` }
  if (there.cache_control !== null && there.cache_control !== cacheControl) return { what: 'headers', detail: `Cache-Control is "${there.cache_control}" instead of "${cacheControl}"` }
  return null
}

/** What a playlist names that is not stored. */
async function unresolved({ objects, switches }: VerifyParts, key: string, read: () => Promise<Buffer | null>): Promise<Found | null> {
  if (!/\.(m3u8|mpd)$/.test(key)) return null
  const content = (await read())?.toString() ?? ''
  const lost = references(key, content).filter((named) => objects.byKey(named)?.state !== 'stored' && !switches.has(named))
  return lost.length === 0 ? null : { what: 'reference', detail: `names ${lost.slice(0, 3).join(', ')}${lost.length > 3 ? ` and ${lost.length - 3} more` : ''}, not stored` }
}

