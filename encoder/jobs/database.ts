import { DatabaseSync } from 'node:sqlite'

/** Opens (or makes) the job state. What a transaction wrote survives kill -9 and power loss: WAL with synchronous=FULL. */
export function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 10_000, enableForeignKeyConstraints: true })
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000')
  return database
}

/**
 * Brings the tables of one part to its newest shape: `steps` are numbered by their place and run once each, in order.
 * A step that has been released is never changed; a new one is added at the end.
 */
export function migrate(database: DatabaseSync, part: string, steps: readonly string[]): void {
  database.exec('CREATE TABLE IF NOT EXISTS migrations (part TEXT PRIMARY KEY, done INTEGER NOT NULL) STRICT')
  transaction(database, () => {
    const row = database.prepare('SELECT done FROM migrations WHERE part = ?').get(part)
    const done = Number(row?.['done'] ?? 0)
    if (done > steps.length) throw new Error(`the job state was written by a newer version of this program: ${part} ${done}, known are ${steps.length}`)
    for (const step of steps.slice(done)) database.exec(step)
    database.prepare('INSERT INTO migrations (part, done) VALUES (?, ?) ON CONFLICT (part) DO UPDATE SET done = excluded.done').run(part, steps.length)
  })
}

/** Runs `work` whole or not at all; inside another transaction it is part of that one. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  if (database.isTransaction) return work()
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    // A full disk may have rolled it back already.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
