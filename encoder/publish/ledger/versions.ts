import type { DatabaseSync } from 'node:sqlite'
import { transaction } from '../../jobs/database.ts'
import { JobError, jobErrors } from '../../job-errors.ts'
import type { AssetDescription, AssetDocument } from '../asset.ts'
import type { NewVersion, Pointer, VersionRecord } from '../contract.ts'

export interface VersionRow extends NewVersion {
  readonly number: number
  readonly state: VersionRecord['state']
  readonly pointing: string | null
  readonly objects: number | null
  readonly bytes: number | null
  readonly created_at: string
  readonly ready_at: string | null
  readonly replaced_at: string | null
}

/** What a version's pointers say, as the ledger keeps it. */
export interface StoredPointing {
  readonly pointers: readonly Pointer[]
  readonly description: AssetDescription
}

export type VersionLedger = ReturnType<typeof versionLedger>

export function versionLedger(database: DatabaseSync, now: () => Date) {
  const get = database.prepare('SELECT * FROM versions WHERE version = ?')
  const insert = database.prepare(
    `INSERT INTO versions (version, number, asset, job, source_name, source_size, source_sha256, profile, profile_hash, state, created_at)
     VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM versions), ?, ?, ?, ?, ?, ?, ?, 'encoding', ?)`,
  )
  const insertAsset = database.prepare('INSERT INTO assets (asset) VALUES (?) ON CONFLICT DO NOTHING')
  const ofAsset = database.prepare('SELECT * FROM versions WHERE asset = ? ORDER BY number DESC')
  const published = database.prepare(`SELECT * FROM versions WHERE asset = ? AND source_sha256 = ? AND profile_hash = ? AND state = 'ready' ORDER BY number DESC LIMIT 1`)
  const setState = database.prepare('UPDATE versions SET state = ? WHERE version = ?')
  const ready = database.prepare(
    `UPDATE versions SET state = 'ready', ready_at = coalesce(ready_at, ?1), (objects, bytes) = (SELECT count(*), coalesce(sum(o.bytes), 0) FROM objects o WHERE o.version = ?2) WHERE version = ?2`,
  )
  const replaced = database.prepare('UPDATE versions SET replaced_at = ? WHERE version = ?')
  const gone = database.prepare(`UPDATE versions SET state = 'deleted', deleted_at = ?, pointing = NULL WHERE version = ?`)
  const forget = database.prepare(
    `DELETE FROM versions WHERE state = 'deleted' AND deleted_at < ? AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.version = versions.version)
     AND NOT EXISTS (SELECT 1 FROM switches s WHERE s.version = versions.version) AND NOT EXISTS (SELECT 1 FROM pointers p WHERE p.version = versions.version)
     AND NOT EXISTS (SELECT 1 FROM assets a WHERE a.current = versions.version)`,
  )
  const setPointing = database.prepare('UPDATE versions SET pointing = ? WHERE version = ?')
  const current = database.prepare('SELECT current, document FROM assets WHERE asset = ?')
  const setCurrent = database.prepare('UPDATE assets SET current = ? WHERE asset = ?')
  const setDocument = database.prepare('UPDATE assets SET document = ? WHERE asset = ?')
  const assets = database.prepare('SELECT asset FROM assets ORDER BY asset')
  // Of an asset whose last version was forgotten only its name is left.
  const some = 'EXISTS (SELECT 1 FROM versions v WHERE v.asset = assets.asset)'
  const page = database.prepare(`SELECT asset FROM assets WHERE asset > ? AND ${some} ORDER BY asset LIMIT ?`)
  const count = database.prepare(`SELECT count(*) AS count FROM assets WHERE ${some}`)
  const inState = database.prepare('SELECT * FROM versions WHERE state = ? ORDER BY number')

  const row = (value: unknown) => (value === undefined ? null : (value as VersionRow))
  const time = () => now().toISOString()

  return {
    begin(version: NewVersion): void {
      transaction(database, () => {
        const there = row(get.get(version.version))
        if (there === null) {
          insertAsset.run(version.asset)
          insert.run(version.version, version.asset, version.job, version.source_name, version.source_size, version.source_sha256, version.profile, version.profile_hash, time())
        } else if (there.asset !== version.asset) throw new JobError(jobErrors.internal, `Version ${version.version} is one of ${there.asset} and cannot be one of ${version.asset}.`, 'Please report it, with the log of this time.')
        else if (there.state !== 'encoding' && there.state !== 'ready') {
          // A job that was given up is tried again.
          setState.run('encoding', version.version)
          replaced.run(null, version.version)
        }
      })
    },
    get: (version: string) => row(get.get(version)),
    /** Throws for a version that was never begun. */
    known(version: string): VersionRow {
      const there = row(get.get(version))
      if (there === null) throw new JobError(jobErrors.internal, `Version ${version} was never begun.`, 'Please report it, with the log of this time.')
      return there
    },
    /** The newest first. */
    ofAsset: (asset: string) => ofAsset.all(asset) as unknown as VersionRow[],
    inState: (state: VersionRecord['state']) => inState.all(state) as unknown as VersionRow[],
    published: (asset: string, sourceSha256: string, profileHash: string) => row(published.get(asset, sourceSha256, profileHash)),
    setState(version: string, state: VersionRecord['state']): void {
      setState.run(state, version)
    },
    /** When it ceased to be current; null: it is current. */
    replaced(version: string, now: boolean): void {
      replaced.run(now ? time() : null, version)
    },
    ready(version: string): void {
      ready.run(time(), version)
    },
    gone(version: string): void {
      gone.run(time(), version)
    },
    /** Versions that were deleted before this time, and that nothing refers to any more, go. */
    forget: (before: Date) => Number(forget.run(before.toISOString()).changes),
    setPointing(version: string, pointing: StoredPointing): void {
      setPointing.run(JSON.stringify(pointing), version)
    },
    current: (asset: string) => (current.get(asset)?.['current'] ?? null) as string | null,
    document(asset: string): AssetDocument | null {
      const text = current.get(asset)?.['document'] ?? null
      return text === null ? null : (JSON.parse(String(text)) as AssetDocument)
    },
    setCurrent(asset: string, version: string | null): void {
      setCurrent.run(version, asset)
    },
    setDocument(asset: string, document: string | null): void {
      setDocument.run(document, asset)
    },
    assets: () => assets.all().map((found) => String(found['asset'])),
    page: (after: string, limit: number) => page.all(after, limit).map((found) => String(found['asset'])),
    count: () => Number(count.get()?.['count']),
  }
}

/** What the pointers of a version said last. */
export function pointingOf(version: VersionRow): StoredPointing {
  if (version.pointing === null) throw new JobError(jobErrors.internal, `The ledger does not know what the pointers of version ${version.version} say.`, 'Please report it, with the log of this time.')
  return JSON.parse(version.pointing) as StoredPointing
}
