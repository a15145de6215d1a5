import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { monotonicFactory } from 'ulid'
import type { MadeChunk } from '../encode/records.ts'
import type { ClaimedSource, PlannedClaim } from '../intake/contract.ts'
import type { Plan } from '../plan/plan.ts'
import type { JobDetail, JobFilter, JobState, JobView } from './contract.ts'
import { JOB_STATES } from './contract.ts'
import { migrate, transaction } from './database.ts'
import { JOB_TABLES } from './schema.ts'
import { hasEnded, mayFollow } from './states.ts'

/** A job as the ledger has it. */
export interface JobRow {
  readonly id: string
  readonly state: JobState
  readonly asset: string
  readonly profile: string
  readonly version: string
  readonly priority: number
  readonly paused: boolean
  readonly cancelled_by: string | null
  readonly claim: PlannedClaim
  readonly source: ClaimedSource | null
  readonly source_sha256: string | null
  readonly recipe_hash: string | null
  readonly duration_s: number | null
  readonly notes: readonly string[]
  readonly plan: Plan | null
  readonly blocked: JobView['blocked']
  readonly error: JobView['error']
  readonly failures: number
  readonly attempt: number
  readonly chunks_encoded: number
  readonly playable_at: string | null
  readonly created_at: string
  readonly started_at: string | null
  readonly ended_at: string | null
  readonly resting_place: string | null
}

/** Columns that a job may change; `state` only by `enter`. */
export type JobChange = Partial<Omit<JobRow, 'id' | 'state' | 'claim' | 'created_at'>>

const JSON_COLUMNS = new Set(['claim', 'source', 'notes', 'plan', 'blocked', 'error'])
// Ids of one millisecond keep the order in which they were made: the later drop of an asset is the one that stays.
const ulid = monotonicFactory()
const UNFINISHED = JOB_STATES.filter((state) => !hasEnded(state))
const PLACES = UNFINISHED.map(() => '?').join(', ')

/** All that is known of jobs, on disk before anything of it is done. Every method is one transaction. */
export class JobLedger {
  readonly #database: DatabaseSync
  readonly #now: () => Date
  readonly #listeners = new Set<(id: string) => void>()
  readonly #statements = new Map<string, StatementSync>()
  /** Rows of unfinished jobs are read often, and their plans are large. */
  readonly #rows = new Map<string, JobRow>()

  constructor(database: DatabaseSync, now: () => Date = () => new Date()) {
    migrate(database, 'jobs', JOB_TABLES)
    this.#database = database
    this.#now = now
  }

  /** Told the id of each job that changed, after it did. Answers the way to unsubscribe. */
  subscribe(listener: (id: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  begin(claims: readonly PlannedClaim[], priorities: readonly number[] = []): string[] {
    const at = this.#time()
    const ids = this.#write(() =>
      claims.map((claim, index) => {
        const id = ulid()
        this.#run(
          'INSERT INTO jobs (id, state, asset, profile, version, priority, claim, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
          id, 'claiming', claim.asset, claim.profile, id.toLowerCase(), priorities[index] ?? 0, JSON.stringify(claim), at,
        )
        this.#note(id, 'claiming', claim.name)
        return id
      }),
    )
    for (const id of ids) this.tell(id)
    return ids
  }

  /** @throws Error for an id that the ledger does not have: callers ask with `find` what people name */
  get(id: string): JobRow {
    const row = this.find(id)
    if (row === null) throw new Error(`the ledger has no job ${id}`)
    return row
  }

  find(id: string): JobRow | null {
    const kept = this.#rows.get(id)
    if (kept !== undefined) return kept
    const row = this.#all('SELECT * FROM jobs WHERE id = ?', id)[0]
    if (row === undefined) return null
    const job = rowOf(row)
    if (!hasEnded(job.state)) this.#rows.set(id, job)
    return job
  }

  /** Unfinished jobs, the oldest first. */
  unfinished(): JobRow[] {
    return this.#all(`SELECT id FROM jobs WHERE state IN (${PLACES}) ORDER BY id`, ...UNFINISHED).map(({ id }) => this.get(String(id)))
  }

  /** Whether an older job of the same asset is still to be done: of two drops the later one is to stay. */
  hasOlder({ id, asset }: JobRow): boolean {
    return this.#all(`SELECT 1 FROM jobs WHERE asset = ? AND id < ? AND paused = 0 AND state IN (${PLACES}) LIMIT 1`, asset, id, ...UNFINISHED).length > 0
  }

  /** The job of an asset that is next. */
  oldestOf(asset: string): string | null {
    const row = this.#all(`SELECT id FROM jobs WHERE asset = ? AND paused = 0 AND state IN (${PLACES}) ORDER BY id LIMIT 1`, asset, ...UNFINISHED)[0]
    return row === undefined ? null : String(row['id'])
  }

  /** The last job that published an asset, if there is one. */
  lastDone(asset: string): JobRow | null {
    const row = this.#all("SELECT id FROM jobs WHERE asset = ? AND state = 'done' ORDER BY id DESC LIMIT 1", asset)[0]
    return row === undefined ? null : this.get(String(row['id']))
  }

  /** The newest of an asset that ended well with this content made by this recipe: it published it, or found it published. */
  lastDoneOf(asset: string, sourceSha256: string, recipeHash: string): JobRow | null {
    const row = this.#all("SELECT id FROM jobs WHERE asset = ? AND source_sha256 = ? AND recipe_hash = ? AND state = 'done' ORDER BY id DESC LIMIT 1", asset, sourceSha256, recipeHash)[0]
    return row === undefined ? null : this.get(String(row['id']))
  }

  /** Unfinished ones first, the oldest of them on top; then the ended ones, the newest on top. */
  list({ states = JOB_STATES, asset, limit = 100, before }: JobFilter = {}): JobRow[] {
    const open = states.filter((state) => !hasEnded(state))
    const ended = states.filter((state) => hasEnded(state))
    const select = (wanted: readonly JobState[], order: 'ASC' | 'DESC', most: number) =>
      wanted.length === 0 || most <= 0
        ? []
        : this.#all(
            `SELECT id FROM jobs WHERE state IN (${wanted.map(() => '?').join(', ')}) AND (? IS NULL OR asset = ?) AND (? IS NULL OR id < ?) ORDER BY id ${order} LIMIT ?`,
            ...wanted, asset ?? null, asset ?? null, before ?? null, before ?? null, most,
          )
    const first = select(open, 'ASC', limit)
    return [...first, ...select(ended, 'DESC', limit - first.length)].map(({ id }) => this.get(String(id)))
  }

  counts(): Readonly<Record<JobState, number>> {
    const counts = Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as Record<JobState, number>
    for (const { state, n } of this.#all('SELECT state, count(*) AS n FROM jobs GROUP BY state')) counts[state as JobState] = Number(n)
    return counts
  }

  change(id: string, change: JobChange): JobRow {
    this.#write(() => this.#set(id, change))
    this.tell(id)
    return this.get(id)
  }

  /** Leads a job into another state. @throws Error for a step that states.ts does not have */
  enter(id: string, state: JobState, detail: string, change: JobChange = {}): JobRow {
    const from = this.get(id).state
    if (!mayFollow(from, state)) throw new Error(`job ${id} cannot go from ${from} to ${state}`)
    const ended = hasEnded(state) ? { ended_at: this.#time(), blocked: null } : {}
    this.#write(() => {
      this.#run('UPDATE jobs SET state = ? WHERE id = ?', state, id)
      this.#set(id, { ...ended, ...change })
      this.#note(id, state, detail)
    })
    this.tell(id)
    return this.get(id)
  }

  /** A claim that moved nothing leaves no trace. */
  withdraw(id: string): void {
    this.#write(() => this.#run("DELETE FROM jobs WHERE id = ? AND state = 'claiming'", id))
    this.tell(id)
  }

  /** Begins anew after an end: nothing of the earlier run is used again, under a version of another name. */
  restart(id: string, detail: string): JobRow {
    const { version } = this.get(id)
    const run = Number(/-(\d+)$/.exec(version)?.[1] ?? 1) + 1
    this.#write(() => {
      this.#run('DELETE FROM chunks WHERE job = ?', id)
      this.#run('DELETE FROM steps WHERE job = ?', id)
      this.#run("UPDATE jobs SET state = 'queued' WHERE id = ?", id)
      this.#set(id, {
        version: `${id.toLowerCase()}-${run}`, error: null, blocked: null, failures: 0, cancelled_by: null, paused: false,
        plan: null, notes: [], ended_at: null, started_at: null, playable_at: null, resting_place: null,
      })
      this.#note(id, 'queued', detail)
    })
    this.tell(id)
    return this.get(id)
  }

  note(id: string, detail: string): void {
    this.#write(() => this.#note(id, this.get(id).state, detail))
  }

  recordChunk(id: string, chunk: MadeChunk): void {
    this.#write(() => {
      this.#run('INSERT INTO chunks (job, number, made) VALUES (?, ?, ?)', id, chunk.index, JSON.stringify(chunk))
      this.#set(id, { failures: 0, chunks_encoded: this.get(id).chunks_encoded + 1 })
    })
    this.tell(id)
  }

  /** Finished chunks in order, from this number on. */
  chunks(id: string, from = 0): MadeChunk[] {
    return this.#all('SELECT made FROM chunks WHERE job = ? AND number >= ? ORDER BY number', id, from).map(({ made }) => JSON.parse(String(made)) as MadeChunk)
  }

  chunkCount(id: string): number {
    return Number(this.#all('SELECT count(*) AS n FROM chunks WHERE job = ?', id)[0]?.['n'] ?? 0)
  }

  recordStep(id: string, step: string, result: unknown): void {
    this.#write(() => this.#run('INSERT OR REPLACE INTO steps (job, step, result) VALUES (?, ?, ?)', id, step, JSON.stringify(result)))
    this.tell(id)
  }

  /** Result of a step as it was recorded; the step's own file knows its type. Null: it is still to be done. */
  step(id: string, step: string): unknown {
    const row = this.#all('SELECT result FROM steps WHERE job = ? AND step = ?', id, step)[0]
    return row === undefined ? null : JSON.parse(String(row['result']))
  }

  beginAttempt(id: string): number {
    const number = this.get(id).attempt + 1
    this.#write(() => {
      // One whose end was never written ended with the process.
      this.#run("UPDATE attempts SET outcome = 'crash' WHERE job = ? AND outcome IS NULL", id)
      this.#run('INSERT INTO attempts (job, number, started_at) VALUES (?, ?, ?)', id, number, this.#time())
      this.#set(id, { attempt: number, started_at: this.get(id).started_at ?? this.#time(), blocked: null })
    })
    this.tell(id)
    return number
  }

  endAttempt(id: string, number: number, outcome: string, stderrTail = ''): void {
    this.#write(() => this.#run('UPDATE attempts SET ended_at = ?, outcome = ?, stderr_tail = ? WHERE job = ? AND number = ?', this.#time(), outcome, stderrTail, id, number))
  }

  attempts(id: string): JobDetail['attempts'] {
    return this.#all('SELECT number, started_at, ended_at, outcome, stderr_tail FROM attempts WHERE job = ? ORDER BY number', id) as unknown as JobDetail['attempts']
  }

  history(id: string): JobDetail['history'] {
    return this.#all('SELECT at, state, detail FROM history WHERE job = ? ORDER BY rowid', id) as unknown as JobDetail['history']
  }

  #set(id: string, change: JobChange): void {
    const entries = Object.entries(change)
    if (entries.length > 0) {
      const values = entries.map(([column, value]) => valueOf(column, value))
      this.#run(`UPDATE jobs SET ${entries.map(([column]) => `${column} = ?`).join(', ')} WHERE id = ?`, ...values, id)
    }
    this.#rows.delete(id)
  }

  #note(id: string, state: JobState, detail: string): void {
    this.#run('INSERT INTO history (job, at, state, detail) VALUES (?, ?, ?, ?)', id, this.#time(), state, detail)
  }

  #write<T>(work: () => T): T {
    return transaction(this.#database, work)
  }

  #run(sql: string, ...values: readonly SQLInputValue[]): void {
    this.#prepared(sql).run(...values)
  }

  #all(sql: string, ...values: readonly SQLInputValue[]): Record<string, unknown>[] {
    return this.#prepared(sql).all(...values)
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#database.prepare(sql)
    this.#statements.set(sql, known)
    return known
  }

  /** Tells those who listen that there is something new about a job; also what is not written here. */
  tell(id: string): void {
    this.#rows.delete(id)
    for (const listener of this.#listeners) listener(id)
  }

  #time(): string {
    return this.#now().toISOString()
  }
}

function valueOf(column: string, value: unknown): SQLInputValue {
  if (value === null || value === undefined) return null
  if (JSON_COLUMNS.has(column)) return JSON.stringify(value)
  return typeof value === 'boolean' ? Number(value) : (value as SQLInputValue)
}

function rowOf(columns: Record<string, unknown>): JobRow {
  const row: Record<string, unknown> = { ...columns, paused: columns['paused'] === 1 }
  for (const column of JSON_COLUMNS) row[column] = columns[column] === null ? null : JSON.parse(columns[column] as string)
  return row as unknown as JobRow
}
