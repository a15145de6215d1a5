import type { DatabaseSync } from 'node:sqlite'
import type { PlannedPointer, SwitchPlan } from '../switch-plan.ts'

export type SwitchKind = 'encoding' | 'ready' | 'rollback' | 'restore' | 'remove' | 'document'

export interface SwitchRow {
  readonly id: number
  readonly asset: string
  readonly version: string | null
  readonly kind: SwitchKind
  readonly document: string | null
  /** Keys to be told of when it is closed: JSON, those of switches that this one superseded too. */
  readonly changed: string
  /** Objects of the version up to this id must be stored before a pointer is written. */
  readonly needs: number
}

export interface PointerRow extends PlannedPointer {
  readonly asset: string
  readonly proven: 0 | 1
}

export type SwitchLedger = ReturnType<typeof switchLedger>

/** The journal of pointer switches, and what each pointer has to say. */
export function switchLedger(database: DatabaseSync, now: () => Date) {
  const supersede = database.prepare(`UPDATE switches SET outcome = 'superseded', ended_at = ? WHERE asset = ? AND outcome IS NULL`)
  const insert = database.prepare('INSERT INTO switches (asset, version, kind, document, changed, needs, started_at) VALUES (?, ?, ?, ?, ?, ?, ?)')
  const open = database.prepare('SELECT * FROM switches WHERE asset = ? AND outcome IS NULL')
  const unfinished = database.prepare('SELECT asset FROM switches WHERE outcome IS NULL UNION SELECT asset FROM pointers WHERE proven = 0')
  const close = database.prepare(`UPDATE switches SET outcome = 'done', ended_at = ? WHERE id = ?`)
  const trim = database.prepare('DELETE FROM switches WHERE outcome IS NOT NULL AND ended_at < ?')
  const write = database.prepare(
    `INSERT INTO pointers (key, asset, version, position, content, content_type, sha256, proven) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET version = excluded.version, position = excluded.position, content = excluded.content, content_type = excluded.content_type, sha256 = excluded.sha256, proven = excluded.proven`,
  )
  const ofAsset = database.prepare('SELECT * FROM pointers WHERE asset = ? ORDER BY position, key')
  const unproven = database.prepare('SELECT * FROM pointers WHERE asset = ? AND proven = 0 ORDER BY position, key LIMIT 1')
  const byKey = database.prepare('SELECT 1 FROM pointers WHERE key = ?')
  const prove = database.prepare('UPDATE pointers SET proven = 1 WHERE key = ? AND sha256 = ?')
  const doubt = database.prepare('UPDATE pointers SET proven = 0 WHERE key = ?')
  const retire = database.prepare(`UPDATE pointers SET content = NULL, sha256 = '', proven = 0 WHERE version = ?`)
  const drop = database.prepare('DELETE FROM pointers WHERE key = ?')

  return {
    /** Writes down what the pointers shall say from now on. Belongs into a transaction with what else begins with it. */
    begin(asset: string, kind: SwitchKind, needs: number, { version, document, pointers, changed }: SwitchPlan): void {
      const at = now().toISOString()
      // What the one before has written already is told of by this one: nobody else will.
      const before = (open.get(asset) ?? null) as SwitchRow | null
      const told = new Set([...(before === null ? [] : (JSON.parse(before.changed) as string[])), ...changed])
      supersede.run(at, asset)
      insert.run(asset, version, kind, document, JSON.stringify([...told]), needs, at)
      for (const { key, version: below, position, content, content_type, sha256 } of pointers) {
        write.run(key, asset, below, position, content, content_type, sha256, changed.includes(key) ? 0 : 1)
      }
    },
    open: (asset: string) => (open.get(asset) ?? null) as SwitchRow | null,
    /** Assets whose pointers may not be what they shall be. */
    unfinished: () => unfinished.all().map((found) => String(found['asset'])),
    pointers: (asset: string) => ofAsset.all(asset) as unknown as PointerRow[],
    unproven: (asset: string) => (unproven.get(asset) ?? null) as PointerRow | null,
    has: (key: string) => byKey.get(key) !== undefined,
    prove(key: string, sha256: string): void {
      prove.run(key, sha256)
    },
    doubt(key: string): void {
      doubt.run(key)
    },
    /** The growing playlists of a version have to go. */
    retire(version: string): void {
      retire.run(version)
    },
    drop(key: string): void {
      drop.run(key)
    },
    close(id: number): void {
      close.run(now().toISOString(), id)
    },
    /** Closed switches that ended before this time go. */
    trim: (before: Date) => Number(trim.run(before.toISOString()).changes),
  }
}
