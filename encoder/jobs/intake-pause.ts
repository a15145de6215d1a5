import type { DatabaseSync } from 'node:sqlite'
import { migrate, transaction } from './database.ts'

const TABLES: readonly string[] = ['CREATE TABLE intake_pause (reason TEXT NOT NULL) STRICT']

/** Whether somebody has paused intake: kept in the ledger, since a restart must not take what was to be left alone. */
export type IntakePause = ReturnType<typeof intakePause>

export function intakePause(database: DatabaseSync) {
  migrate(database, 'intake', TABLES)
  const read = database.prepare('SELECT reason FROM intake_pause')
  const clear = database.prepare('DELETE FROM intake_pause')
  const write = database.prepare('INSERT INTO intake_pause (reason) VALUES (?)')
  return {
    /** By whom and why, or null. */
    get reason(): string | null {
      const row = read.get()
      return row === undefined ? null : String(row['reason'])
    },
    pause(reason: string): void {
      transaction(database, () => {
        clear.run()
        write.run(reason)
      })
    },
    resume(): void {
      clear.run()
    },
  }
}
