import type { AssetRecord, VersionRecord } from './contract.ts'
import type { ObjectLedger } from './ledger/objects.ts'
import type { VersionLedger } from './ledger/versions.ts'
import { kept, type Retention } from './retention.ts'

/** An asset as API and commands show it; null for one that never had a version. */
export function assetRecord(asset: string, versions: VersionLedger, objects: ObjectLedger, retention: Retention): AssetRecord | null {
  const rows = versions.ofAsset(asset)
  if (rows.length === 0) return null
  const current = versions.current(asset)
  const keeps = kept(rows, current, retention)
  const records = rows.map((row): VersionRecord => {
    const { version, job, source_name, source_size, source_sha256, profile, profile_hash, state, created_at, ready_at, replaced_at } = row
    const ends = replaced_at === null || keeps.has(version) ? null : new Date(Date.parse(replaced_at) + retention.grace_ms).toISOString()
    const sum = state === 'ready' ? row : objects.progress(version)
    return { asset, version, job, source_name, source_size, source_sha256, profile, profile_hash, state, current: version === current, objects: sum.objects ?? 0, bytes: sum.bytes ?? 0, created_at, ready_at, grace_ends_at: ends }
  })
  return { asset, current, document: versions.document(asset), versions: records }
}
