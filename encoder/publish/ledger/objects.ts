import type { DatabaseSync } from 'node:sqlite'
import { transaction } from '../../jobs/database.ts'
import { JobError, jobErrors } from '../../job-errors.ts'
import type { NewObject } from '../contract.ts'

export type ObjectState = 'waiting' | 'stored' | 'broken' | 'missing' | 'deleting' | 'deleted'

export interface ObjectRow extends NewObject {
  readonly id: number
  readonly version: string
  readonly state: ObjectState
  readonly replace: 0 | 1
  readonly attempts: number
  readonly error: string | null
  readonly stored_at: string | null
}

export interface Progress {
  readonly objects: number
  readonly stored: number
  readonly bytes: number
  readonly stored_bytes: number
}

/** The rows of objects: outbox and ledger. */
export type ObjectLedger = ReturnType<typeof objectLedger>

export function objectLedger(database: DatabaseSync, now: () => Date) {
  const byKey = database.prepare('SELECT * FROM objects WHERE key = ?')
  const insert = database.prepare(`INSERT INTO objects (key, version, path, bytes, sha256, content_type, state) VALUES (?, ?, ?, ?, ?, ?, 'waiting')`)
  const again = database.prepare(`UPDATE objects SET state = 'waiting', path = ?, error = NULL, deleted_at = NULL WHERE id = ?`)
  const next = database.prepare(`SELECT * FROM objects WHERE state = 'waiting' AND id NOT IN (SELECT value FROM json_each(?)) AND version NOT IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT 1`)
  const settle = database.prepare(`UPDATE objects SET state = 'stored', replace = 0, error = NULL, stored_at = ? WHERE id = ? AND state = 'waiting'`)
  const settleAgain = database.prepare(`UPDATE objects SET state = 'stored', error = NULL, stored_at = ? WHERE id = ? AND state = 'missing'`)
  const storedBefore = database.prepare(`SELECT count(*) AS count FROM objects WHERE version = ? AND state = 'stored' AND (stored_at <= ? OR stored_at > ?)`)
  const failure = database.prepare('UPDATE objects SET attempts = attempts + 1, error = ? WHERE id = ?')
  const broken = database.prepare(`UPDATE objects SET state = 'broken', error = ? WHERE id = ? AND state = 'waiting'`)
  const sum = database.prepare(
    `SELECT count(*) AS objects, coalesce(sum(bytes), 0) AS bytes, count(*) FILTER (WHERE state = 'stored') AS stored, coalesce(sum(bytes) FILTER (WHERE state = 'stored'), 0) AS stored_bytes
     FROM objects WHERE version = ? AND state IN ('waiting', 'stored', 'broken', 'missing')`,
  )
  const waitingSum = database.prepare(`SELECT count(*) AS objects, coalesce(sum(bytes), 0) AS bytes FROM objects WHERE state = 'waiting'`)
  const unstored = database.prepare(`SELECT * FROM objects WHERE version = ? AND id <= ? AND state IN ('waiting', 'broken', 'missing') ORDER BY state LIMIT 1`)
  const newest = database.prepare(`SELECT coalesce(max(id), 0) AS id FROM objects WHERE version = ? AND state = 'stored'`)
  const newestOfAll = database.prepare('SELECT coalesce(max(id), 0) AS id FROM objects WHERE version = ?')
  const setState = database.prepare(`UPDATE objects SET state = ?, replace = ?, error = ? WHERE id = ? AND state NOT IN ('deleting', 'deleted')`)
  const unwanted = database.prepare(`UPDATE objects SET state = 'deleting' WHERE version = ? AND state IN ('waiting', 'stored', 'broken', 'missing')`)
  const unsent = database.prepare(`UPDATE objects SET state = 'deleting' WHERE version = ? AND state IN ('waiting', 'broken', 'missing')`)
  const toDelete = database.prepare(`SELECT * FROM objects WHERE version = ? AND state = 'deleting' ORDER BY id LIMIT ?`)
  const deleted = database.prepare(`UPDATE objects SET state = 'deleted', deleted_at = ? WHERE id = ? AND state = 'deleting'`)
  const forget = database.prepare(`DELETE FROM objects WHERE state = 'deleted' AND deleted_at < ?`)
  const ofVersion = database.prepare(`SELECT * FROM objects WHERE version = ? AND id > ? AND state IN ('waiting', 'stored', 'broken', 'missing') ORDER BY id LIMIT ?`)
  const ends = database.prepare(
    `SELECT * FROM (SELECT * FROM objects WHERE state = 'stored' ORDER BY id LIMIT ?1) UNION SELECT * FROM (SELECT * FROM objects WHERE state = 'stored' ORDER BY id DESC LIMIT ?1)`,
  )
  const leftovers = database.prepare(`SELECT DISTINCT version FROM objects WHERE state = 'deleting'`)

  const row = (value: unknown) => (value === undefined ? null : (value as ObjectRow))
  const time = () => now().toISOString()

  return {
    add(version: string, objects: readonly NewObject[]): void {
      transaction(database, () => {
        for (const object of objects) {
          const there = row(byKey.get(object.key))
          if (there === null) insert.run(object.key, version, object.path, object.bytes, object.sha256, object.content_type)
          else if (there.version !== version || there.sha256 !== object.sha256 || there.bytes !== object.bytes) throw conflict(object, there)
          else if (there.state !== 'stored') again.run(object.path, there.id)
        }
      })
    },
    byKey: (key: string) => row(byKey.get(key)),
    /** The oldest that waits, apart from these rows and versions. */
    next: (rows: readonly number[], versions: readonly string[]) => row(next.get(JSON.stringify(rows), JSON.stringify(versions))),
    /** They lie in the store, proven. */
    settle(ids: readonly number[]): void {
      const at = time()
      transaction(database, () => {
        for (const id of ids) settle.run(at, id)
      })
    },
    /** It was thought missing and is there. */
    settleAgain(id: number): void {
      settleAgain.run(time(), id)
    },
    /** A clock that was set back since has left times that are still to come: they are of before, too. */
    storedBefore: (version: string, at: string, now: string) => Number(storedBefore.get(version, at, now)?.['count']),
    failed(id: number, error: string): void {
      failure.run(error, id)
    },
    /** Its work file is not what was added; false where it is not wanted any more. */
    broken: (id: number, why: string) => Number(broken.run(why, id).changes) > 0,
    /** Whoever looked at it while it was given up does not bring it back. */
    set(id: number, state: ObjectState, error: string | null = null, replace = false): void {
      setState.run(state, replace ? 1 : 0, error, id)
    },
    progress: (version: string) => ({ ...sum.get(version) }) as unknown as Progress,
    waiting: () => ({ ...waitingSum.get() }) as unknown as { readonly objects: number; readonly bytes: number },
    /** One of the objects up to this id that is not stored; those that nobody can store first. */
    unstored: (version: string, upTo: number) => row(unstored.get(version, upTo)),
    /** The oldest and the newest that are stored, so many of each. */
    ends: (most: number) => ends.all(most) as unknown as ObjectRow[],
    newestStored: (version: string) => Number(newest.get(version)?.['id']),
    newest: (version: string) => Number(newestOfAll.get(version)?.['id']),
    /** All objects of the version have to go. */
    unwanted(version: string): void {
      unwanted.run(version)
    },
    /** What is not stored will not be; it may have arrived all the same, and has to go. */
    unsent(version: string): void {
      unsent.run(version)
    },
    toDelete: (version: string, most: number) => toDelete.all(version, most) as unknown as ObjectRow[],
    versionsToDelete: () => leftovers.all().map((found) => String(found['version'])),
    deleted(ids: readonly number[]): void {
      const at = time()
      transaction(database, () => {
        for (const id of ids) deleted.run(at, id)
      })
    },
    /** Rows of what was deleted before this time go. */
    forget: (before: Date) => Number(forget.run(before.toISOString()).changes),
    /** What a version consists of, in the order of adding, page by page. */
    *of(version: string): Generator<ObjectRow> {
      for (let after = 0; ; ) {
        const page = ofVersion.all(version, after, 200) as unknown as ObjectRow[]
        yield* page
        const last = page.at(-1)
        if (last === undefined) return
        after = last.id
      }
    },
  }
}

function conflict(object: NewObject, there: ObjectRow): JobError {
  return new JobError(jobErrors.internal, `${object.key} is in the ledger already, of version ${there.version} with the SHA-256 ${there.sha256}, and would now be of ${object.sha256}.`, 'Please report it, with the log of this time.')
}
