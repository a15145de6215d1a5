import { DatabaseSync } from 'node:sqlite'
import { messageOf, Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import { asJobError } from './as-job-error.ts'

/**
 * Opens the ledger of the work area. WAL with synchronous=FULL: what a transaction has written is there after a power
 * loss, which everything that follows "the ledger first, then the world" stands on.
 * @throws Problem `state_damaged` for a file that is no database
 */
export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 10_000 })
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS migrations (part TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT')
    return database
  } catch (error) {
    database?.close()
    // Not a word about the file: there was no room to open it in.
    if (asJobError(error).fault === 'environment') throw error
    throw new Problem(errors.stateDamaged, `${path} cannot be opened as the ledger of jobs: ${messageOf(error)}. Restore it, or move it away: published assets stay, unfinished jobs are taken up from their sources.`, { file: path }, error)
  }
}

/** Brings the tables of one part up to date: step n makes version n of what version n-1 left. Steps are only ever added. */
export function migrate(database: DatabaseSync, part: string, steps: readonly string[]): void {
  const row = database.prepare('SELECT version FROM migrations WHERE part = ?').get(part)
  const from = Number(row?.['version'] ?? 0)
  if (from > steps.length) {
    throw new Problem(errors.stateDamaged, `The ledger was written by a newer version of this program (${part} ${from}, known are ${steps.length}). Upgrade it again.`, { part, version: from })
  }
  for (const [index, step] of steps.entries()) {
    if (index < from) continue
    transaction(database, () => {
      database.exec(step)
      database.prepare('INSERT INTO migrations (part, version) VALUES (?, ?) ON CONFLICT (part) DO UPDATE SET version = excluded.version').run(part, index + 1)
    })
  }
}

/** Runs `work` in one transaction: all of it is written, or nothing. Inside another it becomes part of that one. */
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
