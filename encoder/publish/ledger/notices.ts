import type { DatabaseSync } from 'node:sqlite'

/** A change of pointers that somebody must be told of. */
export interface NoticeRow {
  readonly id: number
  readonly asset: string
  readonly version: string | null
  readonly keys: readonly string[]
  readonly changed_at: string
}

export type NoticeLedger = ReturnType<typeof noticeLedger>

export function noticeLedger(database: DatabaseSync, now: () => Date) {
  const insert = database.prepare('INSERT INTO notices (asset, version, keys, changed_at) VALUES (?, ?, ?, ?)')
  const oldest = database.prepare('SELECT * FROM notices ORDER BY id LIMIT ?')
  const remove = database.prepare('DELETE FROM notices WHERE id <= ?')
  const count = database.prepare('SELECT count(*) AS count FROM notices')

  return {
    add(asset: string, version: string | null, keys: readonly string[]): void {
      insert.run(asset, version, JSON.stringify(keys), now().toISOString())
    },
    oldest: (most: number) => oldest.all(most).map((row) => Object.assign(row, { keys: JSON.parse(String(row['keys'])) as string[] })) as unknown as NoticeRow[],
    /** All up to this one have been told. */
    told(id: number): void {
      remove.run(id)
    },
    waiting: () => Number(count.get()?.['count']),
  }
}
